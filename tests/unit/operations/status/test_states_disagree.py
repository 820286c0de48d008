"""The states against each other and against the live namespace."""

from tests.unit.operations.status.cluster_facts import (
    DAY,
    DAY_FILE,
    DUSK,
    PLATFORM,
    PLATFORM_FILE,
    day,
    dusk,
    found,
    held,
    live,
    only,
    owns,
    platform,
    reads,
)

ADOPTED = live(owner=PLATFORM, previous=DAY)
NEW_OWNER = platform(owns(adopt=DAY), holds=[held(owner=PLATFORM, previous=DAY)])


def test_two_states_hold_it_half_way_through_a_handover() -> None:
    one = only(ADOPTED, NEW_OWNER, day(owns(), holds=[held(owner=DAY)]))
    assert one.kind == "two-states-hold-it"
    assert (
        f"owned by {PLATFORM}, and the state of {DAY} still holds it. The handover is half done." in one.fact
    )
    assert "make namespace-move SERVICE=day ENV=dev TO=infrastructure" in one.remedy
    assert (
        f"create_namespace: false and namespace_source: service-infrastructure/dev in {DAY_FILE}"
        in one.remedy
    )


def test_two_states_hold_it_and_the_old_owners_settings_let_go_already() -> None:
    one = only(ADOPTED, NEW_OWNER, day(reads(PLATFORM), holds=[held(owner=DAY)]))
    assert one.remedy == f"Have {DAY} let go of it: make app-up SERVICE=day ENV=dev"


def test_two_states_hold_it_and_the_old_owner_takes_it_back() -> None:
    one = only(ADOPTED, NEW_OWNER, day(owns(adopt=PLATFORM), holds=[held(owner=DAY)]))
    assert one.remedy == "Its settings take it back: make namespace-move SERVICE=day ENV=dev TO=application"


def test_two_states_hold_it_and_the_former_owner_took_it_over_once_already() -> None:
    stale = held(owner=DAY, previous=PLATFORM)
    one = only(ADOPTED, NEW_OWNER, day(owns(adopt=PLATFORM), holds=[stale]))
    assert one.remedy.startswith(f"Remove adopt_namespace_from in {DAY_FILE}. Set create_namespace: false")


def test_two_states_hold_it_between_two_services() -> None:
    one = only(
        live(owner=DUSK, previous=DAY),
        day(owns(), holds=[held(owner=DAY)]),
        dusk(owns(adopt=DAY), holds=[held(owner=DUSK)]),
    )
    assert "namespace-move" not in one.remedy
    assert one.remedy.endswith("then make app-up SERVICE=day ENV=dev")


def test_two_states_hold_it_and_infrastructure_has_to_let_go() -> None:
    one = only(
        live(owner=DAY, previous=PLATFORM),
        platform(owns(), holds=[held(owner=PLATFORM)]),
        day(owns(adopt=PLATFORM), holds=[held(owner=DAY)]),
    )
    assert "make namespace-move SERVICE=day ENV=dev TO=application" in one.remedy
    assert f"Remove dev from namespaces in {PLATFORM_FILE}, then make infra-up ENV=dev" in one.remedy


def test_another_state_holds_it_when_the_new_owner_was_killed_before_it_wrote_its_state() -> None:
    owner, holder = found(ADOPTED, platform(owns(adopt=DAY)), day(owns(), holds=[held(owner=DAY)]))
    assert (owner.kind, holder.kind) == ("owner-without-state", "another-state-holds-it")
    assert owner.remedy == "Let it go on: make infra-up ENV=dev"
    assert "then make infra-up ENV=dev, then make app-up SERVICE=day ENV=dev" in holder.remedy


def test_another_state_holds_what_an_unknown_stack_owns() -> None:
    kinds = [one.kind for one in found(live(owner="thief.dev"), day(owns(), holds=[held(owner=DAY)]))]
    assert kinds == ["owner-unknown", "another-state-holds-it"]


def test_another_state_holds_it_and_its_settings_are_wrong() -> None:
    wrong = day(holds=[held(owner=DAY)], fault="wrong\nCorrect it.")
    one = found(ADOPTED, NEW_OWNER, wrong)[0]
    assert one.remedy == f"Correct the settings of {DAY}, then make app-up SERVICE=day ENV=dev"


def test_two_states_hold_it_and_the_live_one_names_neither() -> None:
    kinds = {one.kind: one for one in found(live(), NEW_OWNER, day(reads(PLATFORM), holds=[held(owner=DAY)]))}
    one = kinds["two-states-hold-it"]
    assert f"Have {PLATFORM} label it first (make infra-up ENV=dev)" in one.remedy
    assert one.remedy.endswith("then make app-up SERVICE=day ENV=dev")


def test_gone_from_the_cluster() -> None:
    one = only(day(owns(), holds=[held(owner=DAY)]))
    assert one.kind == "gone-from-the-cluster"
    assert "make app-refresh SERVICE=day ENV=dev, then make app-up SERVICE=day ENV=dev" in one.remedy


def test_gone_from_the_cluster_and_no_longer_asked_for() -> None:
    one = only(day(holds=[held(owner=DAY)]))
    assert one.remedy.endswith("make app-refresh SERVICE=day ENV=dev")


def test_uid_differs() -> None:
    one = only(live(owner=DAY, uid="uid-2"), day(owns(), holds=[held(owner=DAY, uid="uid-1")]))
    assert one.kind == "uid-differs"
    assert "its UID is uid-2, the state of day-service-app.dev says uid-1" in one.fact
    assert "make app-refresh SERVICE=day ENV=dev" in one.remedy


def test_a_stack_without_a_settings_file_is_told_to_have_one() -> None:
    one = only(day(holds=[held(owner=DAY)], file=""))
    assert "write apps/day/Pulumi.dev.yaml, then make app-refresh SERVICE=day ENV=dev" in one.remedy
