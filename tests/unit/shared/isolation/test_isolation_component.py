"""The component declares the same objects whatever the settings, each retained and under the governors' manager."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.isolation.component import Isolation
from shared.isolation.specification import IsolationSpecification
from tests.unit.shared.graph import Graph, run
from tests.unit.shared.isolation.objects import ISOLATION, MANAGER, POLICIES
from tests.unit.shared.isolation.specifications import GOVERNOR, specification

API = "rbac.authorization.k8s.io"


def declared(isolation: IsolationSpecification) -> Graph:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="given", cluster_identifier="cluster-1")
        Isolation(pulumi.Output.from_input(isolation), namespace="dev", provider=provider)

    return run(Graph(), program, project="day-service-app", stack="dev", config={})


def labels_of(graph: Graph) -> list[dict[str, Any]]:
    return [item.metadata["labels"] for item in graph.objects]


QUANTITY = some.integers(1, 1000).map(lambda number: f"{number}Gi")
PEER = some.fixed_dictionaries(
    {"namespace": some.from_regex(r"[a-z]{1,8}", fullmatch=True)},
    optional={"ports": some.lists(some.integers(1, 65535), max_size=3)},
)
GROUPS = some.lists(some.from_regex(r"[a-z]{1,8}", fullmatch=True), max_size=3)
SETTINGS = some.fixed_dictionaries(
    {},
    optional={
        "profile": some.sampled_from(["small", "medium", "large"]),
        "team": some.from_regex(r"[a-z]{1,8}", fullmatch=True),
        "governed_by": some.sampled_from(["owner", "application"]),
        "isolation": some.fixed_dictionaries(
            {},
            optional={
                "quota": some.fixed_dictionaries(
                    {},
                    optional={"requests_cpu": QUANTITY, "pods": some.integers(1, 9), "secrets": some.just(0)},
                ),
                "limits": some.fixed_dictionaries(
                    {}, optional={"defaults": some.booleans(), "max_cpu": QUANTITY}
                ),
                "network": some.fixed_dictionaries(
                    {},
                    optional={
                        "ingress_controllers": some.lists(PEER, max_size=2),
                        "allow_from": some.lists(PEER, max_size=3),
                        "allow_to": some.lists(PEER, max_size=3),
                    },
                ),
                "access": some.fixed_dictionaries(
                    {}, optional={"deploy_groups": GROUPS, "read_groups": GROUPS}
                ),
                "pod_security": some.fixed_dictionaries(
                    {}, optional={"enforce": some.sampled_from(["privileged", "restricted"])}
                ),
            },
        ),
    },
)


@given(
    SETTINGS, some.lists(some.just("dusk-service-app.dev"), max_size=1), some.none() | some.just("before.dev")
)
def test_never_more_or_fewer_objects_whatever_the_settings(
    settings: dict[str, Any], tenants: list[str], before: str | None
) -> None:
    """An object that came and went by a setting would be left behind, since what is dropped is retained."""
    graph = declared(specification(**settings, tenants=tuple(tenants), previous_governor=before))
    found = [(item.kind, item.metadata["name"]) for item in graph.objects]
    assert sorted(found) == sorted(ISOLATION)
    assert {item.name for item in graph.objects} == {f"dev-{name}" for _, name in ISOLATION}
    assert all(item.retained for item in graph.objects)
    assert {item.metadata["annotations"]["pulumi.com/patchFieldManager"] for item in graph.objects} == {
        MANAGER
    }


@pytest.fixture(scope="module")
def graph() -> Graph:
    return declared(specification(team="backend", isolation={"network": {"allow_to": [EXCEPTION]}}))


EXCEPTION = {"cidr": "10.0.0.0/8", "excluding": ["10.1.0.0/16"], "ports": ["8000-8100/UDP"]}


def test_every_object_is_the_components_in_the_one_namespace_through_the_one_connection(graph: Graph) -> None:
    component, provider = graph.one("Isolation"), graph.one("kubernetes")
    assert component.type == "platform:isolation:Isolation"
    assert component.name == "dev"
    assert component.retained
    for item in graph.objects:
        assert item.parent == component.urn
        assert item.metadata["namespace"] == "dev"
        assert item.provider.rsplit("::", 1)[0] == provider.urn


def test_every_object_says_who_governs(graph: Graph) -> None:
    expected = {"managed-by": "pulumi", "platform.internal/owner": GOVERNOR}
    assert all(labels == expected for labels in labels_of(graph))


def test_a_take_over_is_named_on_every_object_and_never_forced() -> None:
    """The owner guard lets it through by that name; fields change without force under the one manager."""
    for before, expected in ((None, {}), ("before.dev", {"platform.internal/previous-owner": "before.dev"})):
        for item in declared(specification(previous_governor=before)).objects:
            assert item.metadata["annotations"] == {"pulumi.com/patchFieldManager": MANAGER, **expected}


def test_specs_reach_the_engine_as_kubernetes_writes_them(graph: Graph) -> None:
    policies = {item.metadata["name"]: item.inputs["spec"] for item in graph.of("NetworkPolicy")}
    assert set(policies) == set(POLICIES)
    assert policies["platform-within-namespace"]["ingress"] == [{"from": [{"podSelector": {}}]}]
    assert policies["platform-exceptions"]["egress"] == [
        {
            "to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
            "ports": [{"protocol": "UDP", "port": 8000, "endPort": 8100}],
        }
    ]
    (limits,) = graph.one("LimitRange").inputs["spec"]["limits"]
    assert limits["defaultRequest"] == {"cpu": "100m", "memory": "128Mi"}
    assert graph.one("ResourceQuota").inputs["spec"]["hard"]["services.loadbalancers"] == "0"


def test_each_role_is_bound_to_its_own_subjects(graph: Graph) -> None:
    for role in ("deploy", "read"):
        (binding,) = (item for item in graph.of("RoleBinding") if item.metadata["name"] == f"platform-{role}")
        assert binding.inputs["roleRef"] == {
            "apiGroup": API,
            "kind": "ClusterRole",
            "name": f"platform-{role}",
        }
        assert binding.inputs["subjects"] == [
            {"apiGroup": API, "kind": "Group", "name": f"platform:backend:{role}"}
        ]
