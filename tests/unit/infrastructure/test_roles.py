"""The two roles: a deployer changes what services are made of, a reader looks, and neither has a verb for more."""

from typing import Any

import pytest

from tests.unit.infrastructure.conftest import Program
from tests.unit.shared.graph import Declared, Graph

OWNER = "service-infrastructure.dev"
LOOK = {"get", "list", "watch"}
CHANGE = LOOK | {"create", "update", "patch", "delete"}
OF_A_SERVICE = {
    ("", "configmaps"),
    ("", "services"),
    ("", "serviceaccounts"),
    ("", "persistentvolumeclaims"),
    ("apps", "deployments"),
    ("apps", "deployments/scale"),
    ("apps", "statefulsets"),
    ("apps", "statefulsets/scale"),
    ("autoscaling", "horizontalpodautoscalers"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("networking.k8s.io", "ingresses"),
    ("policy", "poddisruptionbudgets"),
}
"""What a service is made of."""


@pytest.fixture
def graph(program: Program) -> Graph:
    return program()


def role(graph: Graph, name: str) -> Declared:
    (found,) = (item for item in graph.of("ClusterRole") if item.metadata["name"] == name)
    return found


def rights(graph: Graph, name: str) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    rules: list[dict[str, Any]] = role(graph, name).inputs["rules"]
    for rule in rules:
        assert set(rule) == {"apiGroups", "resources", "verbs"}
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault((group, resource), set()).update(rule["verbs"])
    return found


def test_there_are_two_roles_for_the_whole_cluster(graph: Graph) -> None:
    assert {item.metadata["name"] for item in graph.of("ClusterRole")} == {"platform-deploy", "platform-read"}


def test_a_reader_looks_and_changes_nothing(graph: Graph) -> None:
    assert set.union(*rights(graph, "platform-read").values()) == LOOK


def test_a_deployer_changes_what_services_are_made_of_and_takes_hung_pods_away(graph: Graph) -> None:
    changed = {what: verbs - LOOK for what, verbs in rights(graph, "platform-deploy").items() if verbs - LOOK}
    assert changed == {**dict.fromkeys(OF_A_SERVICE, CHANGE - LOOK), ("", "pods"): {"delete"}}


def test_a_deployer_sees_what_a_reader_sees(graph: Graph) -> None:
    seen = rights(graph, "platform-read")
    for what, verbs in rights(graph, "platform-deploy").items():
        assert verbs >= seen.pop(what)
    assert not seen


@pytest.mark.parametrize("name", ["platform-deploy", "platform-read"])
def test_neither_role_can_be_made_into_more(graph: Graph, name: str) -> None:
    """https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks."""
    found = rights(graph, name)
    assert not {verb for verbs in found.values() for verb in verbs} & {"*", "bind", "escalate", "impersonate"}
    assert not any("*" in part for what in found for part in what)
    for forbidden in ("secrets", "pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token"):
        assert ("", forbidden) not in found
    for looked_at in (
        ("", "namespaces"),
        ("", "resourcequotas"),
        ("", "limitranges"),
        ("networking.k8s.io", "networkpolicies"),
        ("rbac.authorization.k8s.io", "rolebindings"),
        ("rbac.authorization.k8s.io", "roles"),
    ):
        assert found[looked_at] == LOOK


def test_the_roles_are_the_infrastructure_stacks(graph: Graph) -> None:
    for item in graph.of("ClusterRole"):
        assert item.metadata["labels"] == {"managed-by": "pulumi", "platform.internal/owner": OWNER}
        assert item.metadata["annotations"] == {"pulumi.com/patchFieldManager": OWNER}
