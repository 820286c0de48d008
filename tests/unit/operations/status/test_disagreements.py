"""Each disagreement is found, with a remedy that names a command or a setting with its file."""

from collections import defaultdict
from dataclasses import replace

import pytest

from operations.status.disagreements import examine
from shared.errors import Refusal
from shared.stacks import Stack
from tests.unit.operations.status.cluster_facts import (
    FILES,
    cluster,
    found,
    lacking,
    live,
    only,
    owns,
    stack,
    uses,
)
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM

OWNED = (live(DAY), stack(DAY, owns(DAY), has="labelled"))
ADOPTED = live(PLATFORM, previous=DAY)
NEW_OWNER = stack(PLATFORM, owns(PLATFORM, adopt=DAY), has="labelled")
TO_INFRASTRUCTURE = "make namespace-move SERVICE=day ENV=dev TO=infrastructure"
TO_APPLICATION = "make namespace-move SERVICE=day ENV=dev TO=application"
DAY_AGAIN = "make app-refresh SERVICE=day ENV=dev, then make app-up SERVICE=day ENV=dev"


def test_nothing_disagrees() -> None:
    assert found(*OWNED, stack(DUSK, uses(DUSK, DAY))) == []


def test_a_cluster_that_cannot_be_observed_is_all_that_is_told() -> None:
    facts = cluster(stack(DAY, owns(DAY), has="labelled"), fault=Refusal("No answer.", "Start it."))
    (one,) = examine(facts).disagreements
    assert (one.kind, one.fact, one.remedy) == ("cluster-unreachable", "No answer.", "Start it.")


def test_another_cluster_is_all_that_is_told() -> None:
    (one,) = examine(cluster(stack(DAY, has="labelled"), identifier="cluster-2")).disagreements
    assert one.kind == "cluster-replaced"
    assert one.remedy.endswith("make infra-forget ENV=dev")


def test_a_missing_admission_policy() -> None:
    name = "namespace-deletion.platform.internal"
    kind = "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    facts = lacking(cluster(*OWNED), kind=kind, name=name, owner=PLATFORM, namespace="")
    (one,) = examine(facts, [DAY]).disagreements
    assert one.kind == "policy-missing"
    assert f"{name} no longer exists" in one.fact
    assert one.remedy.endswith("make infra-up ENV=dev")


def test_invalid_settings_are_not_taken_for_settings_that_claim_nothing() -> None:
    one = only(live(DAY), stack(DAY, has="labelled", fault="It is wrong."))
    assert (one.kind, one.fact) == ("settings-invalid", "It is wrong.")


def test_a_namespace_that_is_being_deleted() -> None:
    one = only(live(DAY, terminating=True), OWNED[1])
    assert (one.kind, one.remedy[-30:]) == ("deletion", "kubectl describe namespace dev")


def test_a_namespace_that_anyone_may_delete() -> None:
    assert only(live(DAY, allowed="uid-1"), OWNED[1]).kind == "deletion"
    assert found(live(DAY, allowed="another"), OWNED[1]) == []


def test_a_namespace_that_no_longer_exists() -> None:
    one = only(OWNED[1])
    assert one.kind == "state-outdated"
    assert one.remedy.endswith(f"update the state: {DAY_AGAIN}")
    assert only(stack(DAY, has="labelled")).remedy.endswith("make app-refresh SERVICE=day ENV=dev")


def test_a_namespace_that_was_recreated() -> None:
    one = only(live(DAY, uid="uid-2"), OWNED[1])
    assert one.kind == "state-outdated"
    assert "its UID is uid-2, in the state it is uid-1" in one.fact
    assert one.remedy.endswith(DAY_AGAIN)


def test_a_lost_owner_label() -> None:
    one = only(live(), OWNED[1])
    assert one.kind == "owner-label-lost"
    assert f"is in the state of {DAY.owner}" in one.fact
    assert one.remedy.endswith(DAY_AGAIN)


def test_a_program_without_ownership_rules_is_deployed_to_label_its_namespace() -> None:
    one = only(live(), stack(DAY, owns(DAY), has="bare"))
    assert one.remedy == "Have it labelled: make app-up SERVICE=day ENV=dev"


def test_of_two_stacks_the_one_that_claims_it_labels_it() -> None:
    one = only(live(), stack(PLATFORM, has="labelled"), OWNED[1])
    assert f"in the state of {DAY.owner}" in one.fact


def test_an_unknown_owner() -> None:
    night = "night-service-app.dev"
    one, due = found(live(night), stack(DAY, owns(DAY, adopt=night)))
    assert one.kind == "owner-unknown"
    assert f"adopt_namespace_from: {night} in {FILES[DAY]}" in one.remedy
    assert due.remedy == "Adopt it: make app-up SERVICE=day ENV=dev"


def test_a_move_that_ended_half_way_is_continued_by_the_same_command() -> None:
    one = only(ADOPTED, NEW_OWNER, stack(DAY, owns(DAY), has="labelled"))
    assert one.kind == "move-unfinished"
    assert f"owned by {PLATFORM.owner}, but is still in the state of {DAY.owner}" in one.fact
    assert one.remedy == f"Complete the move: {TO_INFRASTRUCTURE}"


def test_a_former_owner_whose_settings_release_it_is_deployed() -> None:
    one = only(ADOPTED, NEW_OWNER, stack(DAY, uses(DAY, PLATFORM), has="labelled"))
    assert one.remedy == f"Have {DAY.owner} release it: make app-up SERVICE=day ENV=dev"


def test_a_former_owner_that_takes_it_back() -> None:
    one = only(ADOPTED, NEW_OWNER, stack(DAY, owns(DAY, adopt=PLATFORM), has="labelled"))
    assert one.remedy == f"Its settings take it back: {TO_APPLICATION}"


def test_a_former_owner_with_invalid_settings() -> None:
    one = found(ADOPTED, NEW_OWNER, stack(DAY, has="labelled", fault="It is wrong."))[0]
    assert one.remedy == f"Correct {FILES[DAY]}, then make app-up SERVICE=day ENV=dev"


def test_an_unfinished_move_between_two_services() -> None:
    one = only(live(DUSK, previous=DAY), stack(DUSK, owns(DUSK), has="labelled"), OWNED[1])
    assert one.remedy == "Complete the move: make namespace-move SERVICE=dusk ENV=dev TO=application"


def test_an_owner_that_was_killed_before_its_state_was_written() -> None:
    one = only(live(DAY), stack(DAY, owns(DAY)))
    assert one.kind == "move-unfinished"
    assert one.remedy.endswith("continue: make app-up SERVICE=day ENV=dev")


def test_an_owner_that_released_it_and_no_stack_adopted_it() -> None:
    one = only(live(PLATFORM), stack(PLATFORM))
    assert one.remedy.startswith(
        f"Add dev to namespaces in {FILES[PLATFORM]}, or have another stack adopt it"
    )


def test_an_adoption_that_is_due() -> None:
    one = only(*OWNED, stack(PLATFORM, owns(PLATFORM, adopt=DAY)))
    assert (one.kind, one.remedy) == ("move-unfinished", f"Adopt it: {TO_INFRASTRUCTURE}")
    one = only(live(), stack(DAY, owns(DAY, adopt="unowned")))
    assert (one.kind, one.remedy) == ("move-unfinished", "Adopt it: make app-up SERVICE=day ENV=dev")


def test_settings_claim_what_another_stack_owns() -> None:
    one = only(*OWNED, stack(DUSK, owns(DUSK)))
    assert one.kind == "claim-conflict"
    assert one.fact == f"{FILES[DUSK]} claims the namespace 'dev', but {DAY.owner} owns it."
    assert f"create_namespace: false and namespace_source: day-service-app/dev in {FILES[DUSK]}" in one.remedy
    assert f"adopt_namespace_from: {DAY.owner} in {FILES[DUSK]}" in one.remedy


def test_infrastructure_claims_what_another_stack_owns() -> None:
    one = only(*OWNED, stack(PLATFORM, owns(PLATFORM)))
    assert f"remove dev from namespaces in {FILES[PLATFORM]}" in one.remedy
    assert f"namespaces.dev.adopt_namespace_from: {DAY.owner} in {FILES[PLATFORM]}" in one.remedy


def test_settings_adopt_it_from_a_stack_that_does_not_own_it() -> None:
    one = only(*OWNED, stack(DUSK, owns(DUSK, adopt=PLATFORM)))
    assert f"and adopts it from {PLATFORM.owner}, but {DAY.owner} owns it" in one.fact


def test_settings_claim_what_exists_without_an_owner() -> None:
    one = only(live(), stack(DAY, owns(DAY)))
    assert one.kind == "claim-conflict"
    assert f"adopt_namespace_from: unowned in {FILES[DAY]}" in one.remedy


def test_settings_adopt_what_does_not_exist() -> None:
    one = only(stack(DAY, owns(DAY, adopt=PLATFORM)))
    assert one.kind == "claim-conflict"
    assert one.remedy.startswith(f"Remove adopt_namespace_from in {FILES[DAY]}")


def test_two_settings_claim_what_does_not_exist() -> None:
    (one,) = examine(cluster(stack(DAY, owns(DAY)), stack(DUSK, owns(DUSK)))).disagreements
    assert (one.kind, one.fact[:49]) == ("claim-conflict", f"{FILES[DAY]} and {FILES[DUSK]}"[:49])


def test_no_settings_claim_what_a_stack_owns() -> None:
    one = only(live(DAY), stack(DAY, has="labelled"))
    assert one.kind == "claim-conflict"
    assert one.remedy.startswith(f"Set namespace: dev and create_namespace: true in {FILES[DAY]}")


def test_settings_use_it_from_a_stack_that_does_not_own_it() -> None:
    one = only(*OWNED, stack(DUSK, uses(DUSK, PLATFORM)))
    assert one.kind == "wrong-source"
    assert f"of service-infrastructure/dev, but {DAY.owner} owns it" in one.fact
    assert one.remedy == f"Set namespace_source: day-service-app/dev in {FILES[DUSK]}"


def test_settings_use_what_their_own_stack_still_owns() -> None:
    one = only(live(DAY), stack(DAY, uses(DAY, PLATFORM), has="labelled"))
    assert (one.kind, one.remedy) == ("wrong-source", f"Move it: {TO_INFRASTRUCTURE}")


def test_settings_use_what_does_not_exist_or_has_no_owner() -> None:
    user = stack(DAY, uses(DAY, PLATFORM))
    assert "it does not exist" in only(user).fact
    one = only(live(), user)
    assert f"namespaces.dev.adopt_namespace_from: unowned in {FILES[PLATFORM]}" in one.remedy


def test_trouble_of_the_owner_is_not_told_again_of_its_users() -> None:
    user = stack(DUSK, uses(DUSK, DAY))
    assert [one.kind for one in found(live(), OWNED[1], user)] == ["owner-label-lost"]
    assert [one.kind for one in found(stack(DAY, owns(DAY)), user)] == ["not-created"]


def test_a_stack_that_is_not_a_tenant() -> None:
    owner = stack(PLATFORM, owns(PLATFORM, tenants=[DAY]), has="labelled")
    one = only(live(PLATFORM), owner, stack(DAY, uses(DAY, PLATFORM)), stack(DUSK, uses(DUSK, PLATFORM)))
    assert one.kind == "not-a-tenant"
    assert f"Add {DUSK.owner} to namespaces.dev.tenants in {FILES[PLATFORM]}" in one.remedy


def test_an_incomplete_isolation() -> None:
    facts = lacking(cluster(*OWNED), kind="core/v1:ResourceQuota", name="platform-quota", owner=DAY)
    (one,) = examine(facts).disagreements
    assert (one.kind, one.namespace) == ("drift", "dev")
    assert one.fact == "ResourceQuota/platform-quota in 'dev' no longer exists."
    assert one.remedy == f"Create it again: {DAY.command('up')}"
    assert not examine(facts, [DUSK]).disagreements


@pytest.mark.parametrize("elsewhere", ["www.example.com", "*.example.com"])
def test_a_host_that_two_namespaces_serve(elsewhere: str) -> None:
    facts = cluster(*OWNED)
    assert facts.live is not None
    shared: dict[str, set[str]] = defaultdict(set)
    for host, name in {
        ("www.example.com", "dev"),
        (elsewhere, "elsewhere"),
        ("day.dev.platform.internal", "dev"),
        ("a.www.example.com", "dev"),
        ("example.com", "elsewhere"),
        ("other", "a"),
        ("other", "b"),
    }:
        shared[host].add(name)
    (one,) = examine(replace(facts, live=replace(facts.live, hosts=shared))).disagreements
    assert (one.kind, one.namespace) == ("host-shared", "dev")
    assert one.fact.startswith("Ingresses of the namespaces dev, elsewhere serve www.example.com, and")


def test_an_adoption_that_is_done() -> None:
    one = only(ADOPTED, NEW_OWNER)
    assert one.kind == "stale-adoption"
    assert one.remedy == f"Remove namespaces.dev.adopt_namespace_from in {FILES[PLATFORM]}."


def test_notes_are_not_disagreements() -> None:
    facts = examine(cluster(live(name="elsewhere"), stack(DAY, owns(DAY))))
    assert [one.kind for one in facts.notes] == ["not-created", "unowned"]
    assert not facts.disagreements


def test_what_is_asked_for_leaves_the_rest_out() -> None:
    facts = cluster(*OWNED, stack(DUSK, owns(DUSK, "other"), fault="It is wrong."))
    assert [one.name for one in examine(facts, [DAY]).namespaces] == ["dev"]
    assert not examine(facts, [DAY]).disagreements
    assert [one.name for one in examine(facts).namespaces] == ["dev", "other"]


def test_a_stack_of_another_project_is_known_by_its_state() -> None:
    other = Stack("other-infra", "dev")
    assert found(live(other), stack(other, has="labelled"))[0].kind == "claim-conflict"
