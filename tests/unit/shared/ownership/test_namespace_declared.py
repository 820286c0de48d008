"""The declared Namespace: retained, named as the seed named it, forced only to take it over."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pulumi_kubernetes as kubernetes
import pytest

from shared.held import Applied
from shared.ownership.namespace import declare_namespace
from shared.ownership.owned import Ownership
from tests.unit.shared.graph import Declared, Graph, run

OWNER = "day-service-app.dev"
TAKES_OVER = Ownership(takes_over=True, previous_owner="service-infrastructure.dev")
TOOK_OVER = Ownership(takes_over=False, previous_owner="service-infrastructure.dev")


def declared(ownership: Ownership, labels: Mapping[str, str] = MappingProxyType({})) -> Declared:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="given", cluster_identifier="cluster-1")
        declare_namespace("dev", OWNER, ownership, provider, labels=labels)

    return run(Graph(), program, project="day-service-app", stack="dev", config={}).one("Namespace")


@pytest.mark.parametrize("ownership", [Ownership(), TAKES_OVER, TOOK_OVER])
def test_a_dropped_namespace_is_never_deleted(ownership: Ownership) -> None:
    assert declared(ownership).retained


def test_a_namespace_keeps_the_seeds_name_and_place() -> None:
    namespace = declared(Ownership())
    assert namespace.urn.endswith("pulumi:pulumi:Stack$kubernetes:core/v1:Namespace::dev-namespace")
    assert namespace.metadata["name"] == "dev"


@pytest.mark.parametrize("ownership", [Ownership(), TAKES_OVER, TOOK_OVER])
def test_a_namespace_says_who_owns_it_and_is_applied_in_the_owners_name(ownership: Ownership) -> None:
    metadata = declared(ownership).metadata
    assert metadata["labels"] == {
        "name": "dev",
        "managed-by": "pulumi",
        "platform.internal/owner": OWNER,
    }
    assert metadata["annotations"]["pulumi.com/patchFieldManager"] == OWNER


def test_a_namespace_says_nothing_that_a_take_over_could_overwrite() -> None:
    namespace = declared(TAKES_OVER)
    assert set(namespace.inputs) == {"kind", "apiVersion", "metadata"}
    assert set(namespace.metadata) == {"name", "labels", "annotations"}


def test_force_is_used_only_while_a_namespace_is_taken_over() -> None:
    forced = declared(TAKES_OVER).metadata["annotations"]
    assert forced["pulumi.com/patchForce"] == "true"
    for ownership in (Ownership(), TOOK_OVER):
        assert "pulumi.com/patchForce" not in declared(ownership).metadata["annotations"]


LABELS = {"name": "dev", "managed-by": "pulumi", "platform.internal/owner": OWNER}
FORCED = {
    "pulumi.com/patchFieldManager": OWNER,
    "platform.internal/previous-owner": "service-infrastructure.dev",
    "pulumi.com/patchForce": "true",
}


def test_a_take_over_that_is_complete_leaves_nothing_to_do() -> None:
    taken = declared(replace(TOOK_OVER, forced=Applied(LABELS, FORCED)))
    assert taken.metadata == declared(TAKES_OVER).metadata


@pytest.mark.parametrize(
    ("ownership", "labels"),
    [
        (TOOK_OVER, {"platform.internal/team": "another"}),
        (replace(TOOK_OVER, previous_owner="another.dev"), {}),
        (Ownership(), {}),
    ],
)
def test_whatever_changes_after_a_take_over_is_applied_without_force(
    ownership: Ownership, labels: Mapping[str, str]
) -> None:
    changed = declared(replace(ownership, forced=Applied(LABELS, FORCED)), labels)
    assert "pulumi.com/patchForce" not in changed.metadata["annotations"]


def test_a_take_over_names_the_previous_owner_then_and_later() -> None:
    for ownership in (TAKES_OVER, TOOK_OVER):
        annotations = declared(ownership).metadata["annotations"]
        assert annotations["platform.internal/previous-owner"] == "service-infrastructure.dev"
    assert "platform.internal/previous-owner" not in declared(Ownership()).metadata["annotations"]


def test_a_namespace_goes_through_the_provider_that_was_given() -> None:
    assert "::cluster::" in declared(Ownership()).provider
