"""The cluster's API: an unreachable, refusing or unusable cluster is a refusal, never a stack trace."""

import json
import socket
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from shared.cluster.api import ClusterApi, cluster_api
from shared.refusal import Refusal


@dataclass
class Answer:
    """What the API server answers."""

    status: int
    body: bytes = b"{}"
    reason: str = "Because"

    def read(self) -> bytes:
        """The answer's body."""
        return self.body


class Client:
    """A Kubernetes client that sends nothing."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[tuple[Any, ...]] = []

    def param_serialize(
        self, method: str, path: str, *, header_params: Any, body: Any, auth_settings: list[str]
    ) -> tuple[Any, ...]:
        """Keep the request."""
        self.sent.append((method, path, header_params, body, tuple(auth_settings)))
        return method, path, header_params, body, None

    def call_api(self, *_: Any, _request_timeout: tuple[float, float]) -> Answer:
        """Answer it."""
        assert max(_request_timeout) <= 10
        return self.answer


def api(status: int, body: Any = None) -> tuple[ClusterApi, Client]:
    client = Client(Answer(status, json.dumps(body or {}).encode()))
    return ClusterApi(client, "https://one"), client  # type: ignore[arg-type]


def kubeconfig(server: str) -> str:
    return yaml.safe_dump(
        {
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
    )


def test_an_object_is_read_and_none_is_none() -> None:
    assert api(200, {"kind": "Namespace"})[0].get("/x") == {"kind": "Namespace"}
    assert api(404)[0].get("/x") is None
    assert api(404)[0].merge("/x", {}) is None


def test_a_deletion_names_the_uid_so_that_one_made_since_stays() -> None:
    cluster, client = api(200)
    cluster.delete("/api/v1/namespaces/dev", uid="uid-1")
    method, path, _, body, _ = client.sent[0]
    assert (method, path, body) == (
        "DELETE",
        "/api/v1/namespaces/dev",
        {"preconditions": {"uid": "uid-1"}},
    )


def test_a_change_is_a_merge_patch() -> None:
    cluster, client = api(200)
    cluster.merge("/x", {"a": 1})
    method, _, headers, body, _ = client.sent[0]
    assert (method, headers["Content-Type"], body) == ("PATCH", "application/merge-patch+json", {"a": 1})


def test_a_request_bears_the_kubeconfigs_token() -> None:
    cluster, client = api(200)
    cluster.get("/x")
    assert client.sent[0][-1] == ("BearerToken",)


def test_a_refusing_api_server_is_quoted() -> None:
    with pytest.raises(Refusal) as caught:
        api(403, {"message": "no rights"})[0].get("/api/v1/x?watch=1")
    assert caught.value.fact == "The cluster at https://one refuses GET /api/v1/x: no rights"
    assert "Nothing was changed" in caught.value.remedy


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"5", b"{}"])
def test_a_refusal_without_a_reason_is_told_by_its_status(body: bytes) -> None:
    client = Client(Answer(503, body, "Unavailable"))
    with pytest.raises(Refusal, match="503 Unavailable"):
        ClusterApi(client, "https://one").get("/x")  # type: ignore[arg-type]


def test_a_cluster_that_does_not_answer_is_refused_with_how_to_start_it() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(Refusal) as caught, cluster_api(kubeconfig(server)) as cluster:
            cluster.get("/version")
    assert caught.value.fact == f"The cluster at {server} does not answer."
    assert "make cluster-up" in caught.value.remedy


@pytest.mark.parametrize("text", ["", "[", "text", "- a"])
def test_what_is_no_kubeconfig_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="is none"), cluster_api(text):
        pass


def test_a_kubeconfig_without_a_context_is_refused() -> None:
    with pytest.raises(Refusal, match="cannot be used"), cluster_api("{apiVersion: v1, clusters: []}"):
        pass
