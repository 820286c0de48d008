"""The owner label against the states."""

from dataclasses import replace

from tests.unit.operations.status.cluster_facts import (
    DAY,
    DAY_FILE,
    PLATFORM,
    day,
    found,
    held,
    live,
    only,
    owns,
)


def test_all_agree_where_label_state_and_settings_name_one_owner() -> None:
    assert found(live(owner=DAY), day(owns(), holds=[held(owner=DAY)])) == []


def test_owner_label_lost() -> None:
    one = only(live(), day(owns(), holds=[held(owner=DAY)]))
    assert one.kind == "owner-label-lost"
    assert "'dev' has no owner label" in one.fact
    assert DAY in one.fact
    assert "make app-refresh SERVICE=day ENV=dev, then make app-up SERVICE=day ENV=dev" in one.remedy


def test_owner_label_due_where_the_state_knows_of_none() -> None:
    one = only(live(), day(owns(), holds=[held()]))
    assert one.kind == "owner-label-due"
    assert one.remedy.endswith("make app-up SERVICE=day ENV=dev")


def test_owner_unknown_to_this_checkout() -> None:
    one = only(live(owner="night-service-app.dev"))
    assert one.kind == "owner-unknown"
    assert "adopt_namespace_from: night-service-app.dev" in one.remedy


def test_owner_unknown_names_the_claimants_setting_and_file() -> None:
    kinds = {one.kind: one for one in found(live(owner="gone.dev"), day(owns()))}
    assert f"adopt_namespace_from: gone.dev in {DAY_FILE}" in kinds["owner-unknown"].remedy


def test_owner_without_state_after_a_kill_half_way() -> None:
    one = only(live(owner=DAY), day(owns()))
    assert one.kind == "owner-without-state"
    assert "killed half-way" in one.fact
    assert one.remedy == "Let it go on: make app-up SERVICE=day ENV=dev"


def test_owner_without_state_that_let_go_and_whose_successor_is_due() -> None:
    kinds = {one.kind: one for one in found(live(owner=PLATFORM), day(owns(adopt=PLATFORM)))}
    assert "let go of it" in kinds["owner-without-state"].fact
    assert "make namespace-move SERVICE=day ENV=dev TO=application" in kinds["owner-without-state"].remedy


def test_owner_without_state_that_let_go_and_has_no_successor() -> None:
    one = only(live(owner=PLATFORM))
    assert "Add dev to namespaces in infrastructure/Pulumi.dev.yaml" in one.remedy
    assert f"adopt_namespace_from: {PLATFORM}" in one.remedy


def test_owner_without_state_and_with_wrong_settings() -> None:
    stack = replace(day(), fault="wrong\nCorrect it.")
    kinds = [one.kind for one in found(live(owner=DAY), stack)]
    assert kinds == ["owner-without-state", "settings-wrong"]
