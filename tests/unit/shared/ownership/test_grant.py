"""Who may own a namespace: the whole table of live object, own state and setting."""

import itertools
from dataclasses import replace

import pytest

from shared.cluster.live import LiveNamespace
from shared.held import Applied, HeldObject
from shared.labels import FORCE, UNOWNED
from shared.ownership.claim import Claim
from shared.ownership.owned import Ownership, grant
from shared.refusal import Refusal

ME, OTHER, THIRD = "day-service-app.dev", "service-infrastructure.dev", "dusk-service-app.dev"
CLAIM = Claim("dev", ME, "apps/day/Pulumi.dev.yaml", refresh="make app-refresh SERVICE=day ENV=dev")
LIVE = LiveNamespace("dev", "uid-1")
HELD = HeldObject("urn", "kubernetes:core/v1:Namespace", "dev", uid="uid-1", owner=ME)

LIVES = {
    "absent": None,
    "unowned": LIVE,
    "mine": replace(LIVE, owner=ME),
    "another's": replace(LIVE, owner=OTHER),
}
STATES = {
    "not held": None,
    "held": HELD,
    "held without UID": replace(HELD, uid=""),
    "held with another UID": replace(HELD, uid="uid-0"),
    "held, taken from them before": replace(HELD, previous_owner=OTHER),
}
ADOPTS = {"nothing": None, "right": OTHER, "wrong": THIRD, "unowned": UNOWNED}

CREATED = KEPT = Ownership()
TAKEN = Ownership(takes_over=True, previous_owner=OTHER)
GONE, REMADE = "is gone from the cluster", "deleted and made again"
NOTHING_THERE, NOBODYS = "there is no namespace 'dev' to take over", "nobody owns the namespace 'dev'"
FOUND, OWNED, NOT_THEIRS = "exists already and no stack owns it", "cannot own it too", f"is owned by {OTHER}."
TAKEN_BACK = "has taken it back since"

Result = Ownership | str
TABLE: dict[tuple[str, str], tuple[Result, Result, Result, Result, Result]] = {
    # live, adopt: one result for each state, in the order of STATES
    ("absent", "nothing"): (CREATED, GONE, GONE, GONE, GONE),
    ("absent", "right"): (NOTHING_THERE, GONE, GONE, GONE, GONE),
    ("absent", "wrong"): (NOTHING_THERE, GONE, GONE, GONE, GONE),
    ("absent", "unowned"): (NOTHING_THERE, GONE, GONE, GONE, GONE),
    ("unowned", "nothing"): (FOUND, KEPT, KEPT, REMADE, KEPT),
    ("unowned", "right"): (NOBODYS, KEPT, KEPT, REMADE, KEPT),
    ("unowned", "wrong"): (NOBODYS, KEPT, KEPT, REMADE, KEPT),
    ("unowned", "unowned"): (Ownership(True, UNOWNED), KEPT, KEPT, REMADE, KEPT),
    ("mine", "nothing"): (KEPT, KEPT, KEPT, REMADE, KEPT),
    ("mine", "right"): (KEPT, KEPT, KEPT, REMADE, KEPT),
    ("mine", "wrong"): (KEPT, KEPT, KEPT, REMADE, KEPT),
    ("mine", "unowned"): (KEPT, KEPT, KEPT, REMADE, KEPT),
    ("another's", "nothing"): (OWNED, OWNED, OWNED, OWNED, OWNED),
    ("another's", "right"): (TAKEN, TAKEN, TAKEN, TAKEN, TAKEN_BACK),
    ("another's", "wrong"): (NOT_THEIRS,) * 5,
    ("another's", "unowned"): (NOT_THEIRS,) * 5,
}


def refusal_of(claim: Claim, held: HeldObject | None, live: LiveNamespace | None) -> str:
    with pytest.raises(Refusal) as caught:
        grant(claim, held, live)
    return str(caught.value)


def test_the_table_has_every_combination() -> None:
    assert set(TABLE) == set(itertools.product(LIVES, ADOPTS))


@pytest.mark.parametrize(
    ("live", "state", "adopt", "result"),
    [
        (live, state, adopt, result)
        for (live, adopt), results in TABLE.items()
        for state, result in zip(STATES, results, strict=True)
    ],
)
def test_a_claim_is_granted_or_refused_by_live_object_state_and_setting(
    live: str, state: str, adopt: str, result: Result
) -> None:
    claim = replace(CLAIM, adopt_from=ADOPTS[adopt])
    if isinstance(result, Ownership):
        assert grant(claim, STATES[state], LIVES[live]) == result
    else:
        message = refusal_of(claim, STATES[state], LIVES[live])
        assert result in message
        assert "'dev'" in message


@pytest.mark.parametrize("owner", ["", ME, OTHER])
@pytest.mark.parametrize("adopt", ADOPTS.values())
@pytest.mark.parametrize("held", [None, HELD])
def test_a_namespace_that_is_going_is_nobodys_to_own(
    owner: str, adopt: str | None, held: HeldObject | None
) -> None:
    going = replace(LIVE, owner=owner, terminating=True)
    message = refusal_of(replace(CLAIM, adopt_from=adopt), held, going)
    assert "is being deleted" in message
    assert "kubectl get namespace dev" in message


def test_a_second_owner_is_refused_with_both_ways_out() -> None:
    message = refusal_of(CLAIM, None, replace(LIVE, owner=OTHER))
    assert message.startswith(f"The namespace 'dev' is owned by {OTHER}, so {ME} cannot own it too.")
    assert f"In {CLAIM.file}," in message
    assert "create_namespace: false, namespace_source: service-infrastructure/dev" in message
    assert f"adopt_namespace_from: {OTHER}" in message


def test_a_former_owner_is_told_that_it_was_taken_over() -> None:
    taken = replace(LIVE, owner=OTHER, previous_owner=ME)
    assert f"It took it over from {ME}." in refusal_of(CLAIM, HELD, taken)
    elsewhere = replace(LIVE, owner=OTHER, previous_owner=THIRD)
    assert "took it over" not in refusal_of(CLAIM, HELD, elsewhere)


def test_a_wrong_adoption_names_the_setting_its_file_and_the_real_owner() -> None:
    message = refusal_of(replace(CLAIM, adopt_from=THIRD), None, replace(LIVE, owner=OTHER))
    assert f"{CLAIM.file} sets adopt_namespace_from: {THIRD}" in message
    assert f"Set adopt_namespace_from: {OTHER}" in message


def test_a_refusal_names_the_setting_that_the_platform_uses() -> None:
    claim = replace(CLAIM, adopt_setting="namespaces.dev.adopt_from")
    assert "(namespaces.dev.adopt_from: unowned)" in refusal_of(claim, None, LIVE)
    assert f"(namespaces.dev.adopt_from: {OTHER})" in refusal_of(claim, None, replace(LIVE, owner=OTHER))
    absent = refusal_of(replace(claim, adopt_from=OTHER), None, None)
    assert f"{CLAIM.file} sets namespaces.dev.adopt_from: {OTHER}" in absent
    assert "Remove namespaces.dev.adopt_from" in absent


def test_an_adoption_of_nobodys_namespace_by_an_owners_name_says_to_name_nobody() -> None:
    message = refusal_of(replace(CLAIM, adopt_from=OTHER), None, LIVE)
    assert f"{CLAIM.file} sets adopt_namespace_from: {OTHER}" in message
    assert "Set adopt_namespace_from: unowned" in message


def test_a_setting_left_behind_does_not_take_a_namespace_a_second_time() -> None:
    held = replace(HELD, previous_owner=OTHER)
    message = refusal_of(replace(CLAIM, adopt_from=OTHER), held, replace(LIVE, owner=OTHER))
    assert f"Remove adopt_namespace_from from {CLAIM.file}" in message
    assert "create_namespace: false" in message


def test_a_state_of_somebody_elses_making_does_not_make_an_adoption_stale() -> None:
    held = replace(HELD, owner="", previous_owner=OTHER)
    assert grant(replace(CLAIM, adopt_from=OTHER), held, replace(LIVE, owner=OTHER)) == TAKEN


@pytest.mark.parametrize("live", [None, replace(LIVE, uid="uid-2")])
def test_a_state_that_disagrees_with_the_cluster_is_told_how_to_agree(live: LiveNamespace | None) -> None:
    message = refusal_of(CLAIM, HELD, live)
    assert message.endswith(CLAIM.refresh)
    assert live is None or ("uid-2" in message and "uid-1" in message)


def test_an_owner_knows_what_it_applied_by_force_the_last_time() -> None:
    for annotations, forced in (({FORCE: "true"}, True), ({}, False)):
        applied = Applied({"name": "dev"}, annotations)
        granted = grant(CLAIM, replace(HELD, applied=applied), replace(LIVE, owner=ME))
        assert granted.forced == (applied if forced else None)


def test_an_owner_goes_on_telling_whom_it_took_the_namespace_from() -> None:
    mine = replace(LIVE, owner=ME, previous_owner=OTHER)
    assert grant(CLAIM, HELD, mine) == Ownership(takes_over=False, previous_owner=OTHER)
