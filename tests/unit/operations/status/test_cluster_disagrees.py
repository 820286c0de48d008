"""Deletion, guards, the connection, wrong settings, and what is asked for."""

from operations.status.disagreements import examine
from operations.status.facts import GuardFacts
from shared.policies import DELETION_GUARD, OWNER_GUARD
from tests.unit.operations.status.cluster_facts import (
    DAY,
    DUSK,
    cluster,
    day,
    dusk,
    held,
    live,
    only,
    owns,
)

OWNER = day(owns(), holds=[held(owner=DAY)])


def test_deletion_pending() -> None:
    one = only(live(owner=DAY, terminating=True, allowed="uid-1"), OWNER)
    assert one.kind == "deletion-pending"
    assert "kubectl describe namespace dev" in one.remedy


def test_deletion_allowed() -> None:
    one = only(live(owner=DAY, allowed="uid-1"), OWNER)
    assert one.kind == "deletion-allowed"
    assert "would let anybody delete it" in one.fact
    assert "kubectl annotate namespace dev platform.internal/allow-deletion-" in one.remedy
    assert "allows nothing" in only(live(owner=DAY, allowed="uid-0"), OWNER).fact


def test_guard_missing_and_guard_not_bound() -> None:
    given = (
        GuardFacts(DELETION_GUARD, installed=False, bound=False),
        GuardFacts(OWNER_GUARD, installed=True, bound=False),
    )
    first, second = examine(cluster(guards=given)).disagreements
    assert (first.kind, second.kind) == ("guard-missing", "guard-not-bound")
    assert DELETION_GUARD in first.fact
    assert OWNER_GUARD in second.fact
    assert first.remedy.endswith("make infra-refresh ENV=dev, then make infra-up ENV=dev")


def test_settings_wrong() -> None:
    one = only(
        day(fault="apps/day/Pulumi.dev.yaml has 2 wrong settings:\n    one\n    two\nCorrect the file.")
    )
    assert one.kind == "settings-wrong"
    assert one.fact.endswith("two")
    assert one.remedy == "Correct the file."


def test_cluster_silent_says_nothing_of_live_namespaces() -> None:
    facts = cluster(OWNER, live_identifier="", silence="It does not answer.\n  Start it: make cluster-up")
    (one,) = examine(facts).disagreements
    assert (one.kind, one.fact, one.remedy) == (
        "cluster-silent",
        "It does not answer.",
        "Start it: make cluster-up",
    )


def test_cluster_replaced_says_nothing_of_live_namespaces() -> None:
    (one,) = examine(cluster(OWNER, live_identifier="cluster-2")).disagreements
    assert one.kind == "cluster-replaced"
    assert "make infra-forget ENV=dev" in one.remedy


def test_only_the_namespaces_of_the_stacks_that_are_asked_for() -> None:
    facts = cluster(live(owner=DAY), OWNER, live("lost"), dusk(owns("lost"), holds=[held("lost", DUSK)]))
    assert [one.kind for one in examine(facts).disagreements] == ["owner-label-lost"]
    status = examine(facts, [DAY])
    assert [namespace.name for namespace in status.namespaces] == ["dev"]
    assert status.agrees
