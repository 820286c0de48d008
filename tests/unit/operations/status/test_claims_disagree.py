"""What settings ask to own, and what they read, against who owns it."""

from tests.unit.operations.status.cluster_facts import (
    DAY,
    DAY_FILE,
    DUSK,
    DUSK_FILE,
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

OWNED = (live(owner=DAY), day(owns(), holds=[held(owner=DAY)]))


def test_asks_for_what_another_owns() -> None:
    one = only(*OWNED, dusk(owns()))
    assert one.kind == "asks-for-what-another-owns"
    assert one.fact == f"{DUSK_FILE} asks to own the namespace 'dev', which {DAY} owns."
    assert f"create_namespace: false and namespace_source: day-service-app/dev in {DUSK_FILE}" in one.remedy
    assert f"adopt_namespace_from: {DAY} in {DUSK_FILE}" in one.remedy


def test_infrastructure_asks_for_what_another_owns() -> None:
    one = only(*OWNED, platform(owns()))
    assert f"Remove dev from namespaces in {PLATFORM_FILE}" in one.remedy
    assert f"namespaces.dev.adopt_from: {DAY} in {PLATFORM_FILE}" in one.remedy


def test_asks_to_take_it_over_from_one_that_does_not_own_it() -> None:
    one = only(*OWNED, dusk(owns(adopt=PLATFORM)))
    assert one.kind == "asks-for-what-another-owns"
    assert f"over from {PLATFORM}, but {DAY} owns it" in one.fact
    assert f"adopt_namespace_from: {DAY}" in one.remedy


def test_take_over_due() -> None:
    one = only(*OWNED, platform(owns(adopt=DAY)))
    assert one.kind == "take-over-due"
    assert one.remedy == "The take-over is due: make namespace-move SERVICE=day ENV=dev TO=infrastructure"
    assert (
        only(*OWNED, dusk(owns(adopt=DAY))).remedy == "The take-over is due: make app-up SERVICE=dusk ENV=dev"
    )


def test_asks_for_what_nobody_owns() -> None:
    one = only(live(), day(owns()))
    assert one.kind == "asks-for-what-nobody-owns"
    assert f"adopt_namespace_from: unowned in {DAY_FILE}" in one.remedy


def test_take_over_due_of_what_nobody_owns() -> None:
    one = only(live(), day(owns(adopt="unowned")))
    assert one.kind == "take-over-due"
    assert one.remedy == "The take-over is due: make app-up SERVICE=day ENV=dev"


def test_foreign_is_a_note_and_no_disagreement() -> None:
    one = only(live("elsewhere"))
    assert (one.kind, one.is_note) == ("foreign", True)


def test_not_made_yet_is_a_note() -> None:
    one = only(day(owns()))
    assert (one.kind, one.is_note) == ("not-made-yet", True)
    assert one.remedy == "Have it made: make app-up SERVICE=day ENV=dev"


def test_takes_over_what_is_not_there() -> None:
    one = only(day(owns(adopt=PLATFORM)))
    assert one.kind == "takes-over-what-is-not-there"
    assert f"Remove adopt_namespace_from in {DAY_FILE}" in one.remedy


def test_two_settings_ask() -> None:
    one = next(one for one in found(day(owns()), dusk(owns())) if not one.is_note)
    assert one.kind == "two-settings-ask"
    assert f"{DAY_FILE} and {DUSK_FILE}" in one.fact


def test_stale_adoption() -> None:
    one = only(live(owner=DAY, previous=PLATFORM), day(owns(adopt=PLATFORM), holds=[held(owner=DAY)]))
    assert one.kind == "stale-adoption"
    assert one.remedy == f"Remove adopt_namespace_from in {DAY_FILE}."


def test_owned_without_a_setting() -> None:
    one = only(live(owner=PLATFORM), platform(holds=[held(owner=PLATFORM)]))
    assert one.kind == "owned-without-a-setting"
    assert one.remedy.startswith(f"Add dev to namespaces in {PLATFORM_FILE}")


def test_wrong_settings_are_not_taken_for_settings_that_ask_for_nothing() -> None:
    stack = day(holds=[held(owner=DAY)], fault="wrong\nCorrect it.")
    assert [one.kind for one in found(live(owner=DAY), stack)] == ["settings-wrong"]


def test_reads_from_one_that_does_not_own_it() -> None:
    one = only(*OWNED, dusk(reads(PLATFORM)))
    assert one.kind == "reads-from-one-that-does-not-own-it"
    assert f"from service-infrastructure/dev, which does not own it: {DAY} owns it" in one.fact
    assert one.remedy == f"Set namespace_source: day-service-app/dev in {DUSK_FILE}"


def test_reads_from_one_whose_take_over_is_due() -> None:
    parts = (live(owner=DAY), platform(owns(adopt=DAY)), day(reads(PLATFORM), holds=[held(owner=DAY)]))
    one = next(one for one in found(*parts) if one.kind == "reads-from-one-that-does-not-own-it")
    assert one.remedy.endswith("is due first: make namespace-move SERVICE=day ENV=dev TO=infrastructure")


def test_reads_what_it_still_owns_itself() -> None:
    one = only(live(owner=DAY), day(reads(PLATFORM), holds=[held(owner=DAY)]))
    assert "make namespace-move SERVICE=day ENV=dev TO=infrastructure" in one.remedy
    assert f"namespaces.dev.adopt_from: {DAY} in {PLATFORM_FILE}" in one.remedy


def test_reads_what_is_not_there() -> None:
    one = only(day(reads(PLATFORM)))
    assert "there is none" in one.fact
    assert "create_namespace: true" in one.remedy


def test_reads_what_nobody_owns() -> None:
    one = only(live(), day(reads(PLATFORM)))
    assert "nobody owns it" in one.fact
    assert f"namespaces.dev.adopt_from: unowned in {PLATFORM_FILE}, then make infra-up ENV=dev" in one.remedy


def test_a_reader_is_silent_where_its_source_has_the_trouble() -> None:
    kinds = [one.kind for one in found(live(), day(owns(), holds=[held(owner=DAY)]), dusk(reads(DAY)))]
    assert kinds == ["owner-label-lost"]
    kinds = [one.kind for one in found(platform(owns()), day(reads(PLATFORM)))]
    assert kinds == ["not-made-yet"]


def test_tenant_does_not_read_it() -> None:
    parts = (live(owner=PLATFORM), platform(owns(tenants=[DAY, DUSK]), holds=[held(owner=PLATFORM)]))
    one = only(
        *parts, day(reads(PLATFORM)), dusk(owns("other"), holds=[held("other", DUSK)]), live("other", DUSK)
    )
    assert one.kind == "tenant-does-not-read-it"
    assert f"Remove {DUSK} from namespaces.dev.tenants in {PLATFORM_FILE}" in one.remedy


def test_tenant_unknown_is_a_note() -> None:
    one = only(live(owner=PLATFORM), platform(owns(tenants=["elsewhere.dev"]), holds=[held(owner=PLATFORM)]))
    assert (one.kind, one.is_note) == ("tenant-unknown", True)


def test_reader_is_no_tenant() -> None:
    owner = platform(owns(tenants=[DAY]), holds=[held(owner=PLATFORM)])
    one = only(live(owner=PLATFORM), owner, day(reads(PLATFORM)), dusk(reads(PLATFORM)))
    assert one.kind == "reader-is-no-tenant"
    assert (
        f"Add {DUSK} to namespaces.dev.tenants in {PLATFORM_FILE}, then make infra-up ENV=dev" in one.remedy
    )
