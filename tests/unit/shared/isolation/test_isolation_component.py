"""The component declares the same objects whatever the settings, each retained and under one field manager."""

from typing import Any

import pulumi_kubernetes as kubernetes
import pytest

from shared.components.namespace import NamespacePlan, declare_namespace
from shared.ownership.claim import Claim
from shared.ownership.management import ManagedIsolation
from shared.stacks import Stack
from tests.cluster import ISOLATION
from tests.unit.shared.graph import Graph, run
from tests.unit.shared.isolation.objects import MANAGER, resolved

HERE = Stack("day-service-app", "dev")


def declared(tenants: tuple[str, ...] = (), before: str = "", **settings: Any) -> Graph:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="given", cluster_identifier="cluster-1")
        isolation = ManagedIsolation(resolved(**settings), before, tenants)
        declare_namespace(NamespacePlan(Claim("dev", HERE, HERE, ""), isolation=isolation), provider)

    return run(Graph(), program, project="day-service-app", stack="dev", config={})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"profile": "large", "team": "a", "governed_by": "application", "tenants": ("dusk-service-app.dev",)},
        {"isolation": {"quota": {"secrets": 0}, "limits": {"defaults": False}}, "before": "before.dev"},
        {"isolation": {"network": {"ingress_controllers": [], "allow_from": [{"namespace": "other"}]}}},
        {"isolation": {"access": {"deploy_groups": ["a"]}, "pod_security": {"enforce": "privileged"}}},
    ],
)
def test_never_more_or_fewer_objects_whatever_the_settings(settings: dict[str, Any]) -> None:
    """An object that came and went by a setting would be left behind, since what is dropped is retained."""
    graph = declared(**settings)
    assert sorted((item.kind, item.metadata["name"]) for item in graph.objects) == sorted(ISOLATION)
    assert {item.name for item in graph.objects} == {f"dev-{name}" for _, name in ISOLATION}
    assert all(item.retained for item in graph.objects)


def test_an_adoption_is_named_on_every_object_and_never_forced() -> None:
    """The admission policy allows it by that name; fields change without force under the one manager."""
    for before, expected in (("", {}), ("before.dev", {"platform.internal/previous-owner": "before.dev"})):
        for item in declared(before=before).objects:
            assert item.metadata["annotations"] == {"pulumi.com/patchFieldManager": MANAGER, **expected}
