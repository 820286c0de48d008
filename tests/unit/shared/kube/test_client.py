"""The client takes every kubeconfig that kubectl takes, and tells the ways to fail apart."""

import base64
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Failure, PlatformError, Refusal
from shared.kube import client
from shared.kube.client import ClusterApi, cluster_api, collection_of
from tests.unit.shared.kube.conftest import Authority, Server, config


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def error_of(kubeconfig: str, use: Callable[[ClusterApi], Any] = lambda api: api.get("/x")) -> PlatformError:
    with pytest.raises(PlatformError) as caught, cluster_api(kubeconfig) as api:
        use(api)
    return caught.value


def get(kubeconfig: str, path: str = "/x") -> Any:
    with cluster_api(kubeconfig) as api:
        return api.get(path)


# Requests


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("kubernetes:core/v1:Endpoints", "/api/v1/endpoints"),
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "/apis/networking.k8s.io/v1/networkpolicies"),
        ("kubernetes:networking.k8s.io/v1:IngressClass", "/apis/networking.k8s.io/v1/ingressclasses"),
        (
            "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams",
            "/apis/elbv2.k8s.aws/v1beta1/ingressclassparams",
        ),
    ],
)
def test_a_kinds_collection_is_its_plural(kind: str, path: str) -> None:
    assert collection_of(kind) == path


def test_objects_and_lists_are_read_and_what_does_not_exist_is_none(server: Server) -> None:
    server.answers = {"/a": (200, {"kind": "A"}), "/l": (200, {"items": [{"x": 1}]}), "/none": (404, {})}
    server.answers["/null"] = (200, {"items": None})
    with cluster_api(config(server.url)) as api:
        assert api.get("/a") == {"kind": "A"}
        assert api.list("/l?limit=5") == [{"x": 1}]
        assert api.list("/null") == api.list("/none") == []
        assert api.get("/none") is None
        assert api.merge("/none", {}) is None
        api.delete("/none", uid="uid-1")
        assert server.requests[-1].body == {"preconditions": {"uid": "uid-1"}}
    get(config(f"{server.url}/k8s/clusters/c-1/"), "/version")
    assert server.requests[-1].path == "/k8s/clusters/c-1/version"


# Credentials


def test_a_token_and_a_password_authenticate(server: Server) -> None:
    for user, sent in (
        ({"token": "t"}, "Bearer t"),
        ({"username": "u", "password": "pä:"}, f"Basic {encoded('u:pä:'.encode())}"),
    ):
        get(config(server.url, **user))
        assert server.last("Authorization") == [sent]
    get(config(server.url))
    assert server.last("Authorization") == []
    for impossible in ("two\nlines", "\N{SNOWMAN}"):
        assert "no header can have" in error_of(config(server.url, token=impossible)).fact


@pytest.mark.parametrize("name", ["tokenFile", "client-certificate", "client-key", "certificate-authority"])
def test_no_file_of_the_machine_is_read_or_sent_since_another_stack_may_have_exported_the_kubeconfig(
    server: Server, tmp_path: Path, name: str
) -> None:
    (tmp_path / "private").write_text("private\n")
    entry = {name: str(tmp_path / "private")}
    named = config(server.url, entry) if name == "certificate-authority" else config(server.url, **entry)
    assert "is not valid" in error_of(named).fact
    assert server.requests == []


def test_another_user_may_be_impersonated(server: Server) -> None:
    extra = {"scopes": ["view", "edit"]}
    get(config(server.url, token="t", **{"as": "jo", "as-groups": ["a", "b"], "as-user-extra": extra}))
    assert server.last("Impersonate-User") == ["jo"]
    assert server.last("Impersonate-Group") == ["a", "b"]
    assert server.last("Impersonate-Extra-scopes") == ["view", "edit"]
    assert server.last("Authorization") == ["Bearer t"]


# TLS


def test_a_clusters_authority_is_trusted_and_no_other(secured: Server, authority: Authority) -> None:
    assert get(config(secured.url, {"certificate-authority-data": authority.data})) == {}
    for cluster in ({}, {"certificate-authority-data": Authority().data}):
        error = error_of(config(secured.url, cluster))
        assert isinstance(error, Refusal)
        assert error.fact.startswith(f"The certificate of the cluster at {secured.url} is not trusted: ")
    assert get(config(secured.url, {"insecure-skip-tls-verify": True})) == {}
    url, cluster = f"https://localhost:{secured.port}", {"certificate-authority-data": authority.data}
    assert "not valid for 'localhost'" in error_of(config(url, cluster)).fact
    assert get(config(url, {**cluster, "tls-server-name": "cluster.internal"})) == {}


def test_an_address_without_a_scheme_is_never_talked_to_without_tls(server: Server) -> None:
    assert "does not answer: " in error_of(config(f"127.0.0.1:{server.port}", token="t")).fact
    assert not server.requests


@pytest.mark.parametrize("invalid", ["no base64!", encoded(b"no certificate")])
def test_an_invalid_certificate_is_refused(secured: Server, authority: Authority, invalid: Any) -> None:
    certificate, _ = authority.sign("day")
    ours = {"client-certificate-data": encoded(certificate), "client-key-data": invalid}
    for cluster, user in (({"certificate-authority-data": invalid}, {}), ({}, ours)):
        error = error_of(config(secured.url, cluster, **user))
        assert isinstance(error, Refusal)
        assert "invalid certificate or key" in error.fact


# Proxies


def test_a_kubeconfigs_proxy_is_used_and_authenticated_to(server: Server) -> None:
    server.answers["cluster.test:6443"] = (407, {})
    proxy = {"proxy-url": f"http://jo:p%40ss@127.0.0.1:{server.port}"}
    error = error_of(config("https://cluster.test:6443", proxy))
    assert error.fact.startswith(
        "The proxy for the cluster at https://cluster.test:6443 does not connect to it: "
    )
    assert "407" in error.fact
    assert "p@ss" not in str(error) and "p%40ss" not in str(error)
    assert server.requests[-1].method == "CONNECT"
    assert server.last("Proxy-Authorization") == [f"Basic {encoded(b'jo:p@ss')}"]


@pytest.mark.parametrize(
    ("host", "excepted", "through"),
    [
        ("cluster.test", "", True),
        ("cluster.test", "x, .test", False),
        ("cluster.test", "luster.test", True),
        ("cluster.test", "cluster.test:6443", False),
        ("cluster.test", "cluster.test:443", True),
        ("cluster.test", "10.0.0.0/8", True),
        ("10.1.2.3", "x, 10.0.0.0/8", False),
        ("127.0.0.1", "", False),
        ("[::1]", "", False),
        ("localhost", "", False),
    ],
)
def test_the_environments_proxy_is_used_as_kubectl_uses_it(
    server: Server, monkeypatch: pytest.MonkeyPatch, host: str, excepted: str, through: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{server.port}")
    monkeypatch.setenv("NO_PROXY", excepted)
    monkeypatch.setattr(client, "_CONNECT_SECONDS", 0.5)
    server.answers[f"{host}:6443"] = (502, {})
    assert error_of(config(f"https://{host}:6443")).fact.startswith("The proxy") == through
    assert bool(server.requests) == through


# Faults


def test_a_cluster_that_is_not_running_is_told_with_how_to_start_it() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{unused.getsockname()[1]}"
    error = error_of(config(url))
    assert isinstance(error, Refusal)
    assert error.fact == f"The cluster at {url} does not answer: connection refused."
    assert "make cluster-up" in error.remedy


def test_a_timeout_is_told_and_whether_a_change_may_have_taken_effect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "_READ_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        error = error_of(config(url))
        assert isinstance(error, Refusal)
        assert error.fact.startswith(f"The cluster at {url} does not answer: timeout after")
        error = error_of(config(url), lambda api: api.create("/x", {}))
        assert isinstance(error, Failure)
        assert error.fact.endswith("s; it is not known whether POST /x took effect.")


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (401, {"message": "No."}, "does not accept the credential of the kubeconfig."),
        (403, {"message": "No."}, "forbids GET /x: No."),
        (422, {"message": "No."}, "refuses GET /x: No."),
        (429, {"message": "No."}, "cannot answer GET /x now: No."),
        (503, b"<html>", "cannot answer GET /x now: 503 Service Unavailable."),
        (302, {}, "refuses GET /x: 302 Found."),
    ],
)
def test_each_status_has_its_own_sentence(server: Server, status: int, answer: Any, told: str) -> None:
    server.answers["/x"] = (status, answer)
    error = error_of(config(server.url), lambda api: api.get("/x?watch=1"))
    assert isinstance(error, Refusal)
    assert error.fact == f"The cluster at {server.url} {told}"
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]"])
def test_what_is_not_an_api_server_is_told_as_that(server: Server, body: bytes) -> None:
    server.answers["/x"] = (200, body)
    assert "is not a Kubernetes API server" in error_of(config(server.url)).fact


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (config("https://a b"), "The kubeconfig has an invalid server address: https://a b."),
        (
            config("https://c", {"proxy-url": "socks5://127.0.0.1:1"}),
            "is not an address such as http://proxy",
        ),
        ("- a", "The kubeconfig of the cluster is not valid."),
        ("{apiVersion: v1, clusters: []}", "The kubeconfig of the cluster is not valid."),
    ],
)
def test_an_invalid_kubeconfig_is_refused(text: str, told: str) -> None:
    error = error_of(text)
    assert isinstance(error, Refusal)
    assert told in error.fact


@pytest.mark.parametrize(("status", "kind"), [(403, Refusal), (409, Refusal), (500, Failure), (0, Failure)])
def test_a_change_that_may_have_taken_effect_is_no_refusal(
    server: Server, status: int, kind: type[PlatformError]
) -> None:
    server.answers["/x"] = (status, {})
    error = error_of(config(server.url), lambda api: api.merge("/x", {}))
    assert type(error) is kind
    assert ("it is not known whether PATCH /x took effect" in error.fact) == (kind is Failure)


def test_after_a_change_nothing_is_a_refusal(server: Server) -> None:
    server.answers["/x"] = (403, {})
    error = error_of(config(server.url), lambda api: [api.merge("/y", {}), api.get("/x")])
    assert isinstance(error, Failure)
