"""The declared Namespace: retained, named as the original program named it, forced only to adopt it."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pulumi_kubernetes as kubernetes
import pytest

from shared.components.namespace import NamespacePlan, declare_namespace
from shared.ownership.claim import Claim
from shared.ownership.decision import Decision
from shared.stacks import Stack
from tests.unit.shared.graph import Declared, Graph, run

HERE = Stack("day-service-app", "dev")
OWNER = HERE.owner
HOSTS = {"platform.internal/hosts": "*.dev.platform.internal"}
ADOPTS = Decision(adopts=True, previous_owner="service-infrastructure.dev")
ADOPTED = Decision(previous_owner="service-infrastructure.dev")


def declared(decision: Decision, labels: Mapping[str, str] = MappingProxyType({})) -> Declared:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="given", cluster_identifier="cluster-1")
        declare_namespace(NamespacePlan(Claim("dev", HERE, HERE, ""), decision, labels, HOSTS), provider)

    return run(Graph(), program, project="day-service-app", stack="dev", config={}).one("Namespace")


@pytest.mark.parametrize("decision", [Decision(), ADOPTS, ADOPTED])
def test_a_namespace_is_retained_and_has_nothing_but_its_labels_and_owners(decision: Decision) -> None:
    namespace = declared(decision)
    assert namespace.retained
    assert set(namespace.inputs) == {"kind", "apiVersion", "metadata"}
    assert set(namespace.metadata) == {"name", "labels", "annotations"}
    assert namespace.metadata["labels"] == LABELS
    annotations = namespace.metadata["annotations"]
    assert annotations.get("platform.internal/previous-owner", "") == decision.previous_owner
    assert annotations.items() >= {"pulumi.com/patchFieldManager": OWNER, **HOSTS}.items()


def test_force_is_used_only_while_a_namespace_is_adopted() -> None:
    forced = declared(ADOPTS).metadata["annotations"]
    assert forced["pulumi.com/patchForce"] == "true"
    for decision in (Decision(), ADOPTED):
        assert "pulumi.com/patchForce" not in declared(decision).metadata["annotations"]


LABELS = {"name": "dev", "managed-by": "pulumi", "platform.internal/owner": OWNER}
FORCED = {
    **HOSTS,
    "pulumi.com/patchFieldManager": OWNER,
    "platform.internal/previous-owner": "service-infrastructure.dev",
    "pulumi.com/patchForce": "true",
}


def test_an_adoption_that_is_complete_leaves_nothing_to_do() -> None:
    taken = declared(replace(ADOPTED, forced={"labels": LABELS, "annotations": FORCED}))
    assert taken.metadata == declared(ADOPTS).metadata


@pytest.mark.parametrize(
    ("decision", "labels"),
    [
        (ADOPTED, {"platform.internal/team": "another"}),
        (replace(ADOPTED, previous_owner="another.dev"), {}),
        (Decision(), {}),
    ],
)
def test_a_change_after_an_adoption_is_applied_without_force(
    decision: Decision, labels: Mapping[str, str]
) -> None:
    changed = declared(replace(decision, forced={"labels": LABELS, "annotations": FORCED}), labels)
    assert "pulumi.com/patchForce" not in changed.metadata["annotations"]
