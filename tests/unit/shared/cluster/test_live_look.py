"""A look at the cluster: its identity and the namespaces asked for, through the kubeconfig that was given."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from shared.cluster import live
from shared.cluster.live import NOT_LOOKED, LiveNamespace, look
from tests.unit.shared.graph import Graph, run

OBJECTS: Mapping[str, Mapping[str, Any]] = {
    "/api/v1/namespaces/kube-system": {"metadata": {"name": "kube-system", "uid": "cluster-1"}},
    "/api/v1/namespaces/bare": {"metadata": {"name": "bare", "uid": "uid-1"}},
    "/api/v1/namespaces/owned": {
        "metadata": {
            "name": "owned",
            "uid": "uid-2",
            "labels": {"platform.internal/owner": "day-service-app.dev"},
            "annotations": {"platform.internal/previous-owner": "service-infrastructure.dev"},
            "deletionTimestamp": "2026-01-01T00:00:00Z",
        }
    },
}


class Api:
    """An API that has a few objects."""

    def get(self, path: str) -> Mapping[str, Any] | None:
        """Read an object."""
        return OBJECTS.get(path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kubeconfigs by which the cluster was asked."""
    kubeconfigs: list[str] = []

    @contextlib.contextmanager
    def connected(kubeconfig: str) -> Iterator[Api]:
        kubeconfigs.append(kubeconfig)
        yield Api()

    monkeypatch.setattr(live, "cluster_api", connected)
    monkeypatch.setattr(live, "mocked", lambda: False)
    return kubeconfigs


def test_a_look_tells_who_owns_what_and_what_is_going(asked: list[str]) -> None:
    found = look("given", ["bare", "owned", "absent"])
    assert found.looked
    assert found.identifier == "cluster-1"
    assert found.namespaces == {
        "bare": LiveNamespace("bare", "uid-1"),
        "owned": LiveNamespace(
            "owned",
            "uid-2",
            "day-service-app.dev",
            "service-infrastructure.dev",
            terminating=True,
            labels={"platform.internal/owner": "day-service-app.dev"},
        ),
    }
    assert asked == ["given"]


def test_a_look_with_an_identifier_keeps_out_of_the_kube_system_namespace(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths: list[str] = []

    def get(_: Api, path: str) -> Mapping[str, Any] | None:
        paths.append(path)
        return OBJECTS.get(path)

    monkeypatch.setattr(Api, "get", get)
    assert look("given", ["bare"], identifier="arn:of-the-cluster").identifier == "arn:of-the-cluster"
    assert "/api/v1/namespaces/bare" in paths
    assert not [path for path in paths if "kube-system" in path]


def test_under_mocks_there_is_nothing_to_look_at() -> None:
    found: list[Any] = []
    run(Graph(), lambda: found.append(look("given", ["dev"])), project="p", stack="dev", config={})
    assert found == [NOT_LOOKED]
    assert not NOT_LOOKED.looked
