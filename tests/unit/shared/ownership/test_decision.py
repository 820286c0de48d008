"""Who may own or use a namespace: the whole table of live object, own state and setting."""

import contextlib
import itertools
from dataclasses import replace

import pytest

from shared.contract import NamespaceRecord
from shared.errors import Refusal
from shared.kube.observed import ObservedCluster, ObservedNamespace
from shared.labels import FORCE, UNOWNED
from shared.ownership.claim import Claim
from shared.ownership.decision import Decision, check_cluster, decide, exported_record, refuse_rename
from shared.program import parse_allowed
from shared.stacks import stack_of
from shared.state import State, StateObject

ME, OTHER, THIRD = (
    stack_of(f"{name}.dev") for name in ("day-service-app", "service-infrastructure", "dusk-service-app")
)
CLAIM = Claim("dev", ME, ME, "apps/day/Pulumi.dev.yaml")
USE = replace(CLAIM, owner=OTHER)
RECORD = NamespaceRecord(owner=OTHER.owner, uid="uid-1")
LIVE = ObservedNamespace("dev", "uid-1")
KNOWN = StateObject("urn", "kubernetes:core/v1:Namespace", "dev", uid="uid-1", owner=ME.owner)

LIVES = {
    "absent": None,
    "unowned": LIVE,
    "mine": replace(LIVE, owner=ME.owner),
    "another's": replace(LIVE, owner=OTHER.owner),
}
STATES = {
    "not in the state": None,
    "in the state": KNOWN,
    "in the state without UID": replace(KNOWN, uid=""),
    "in the state with another UID": replace(KNOWN, uid="uid-0"),
    "in the state, adopted before": replace(KNOWN, previous_owner=OTHER.owner),
    "in another program's state": replace(KNOWN, owner="", previous_owner=OTHER.owner),
}
ADOPTS = {"nothing": "", "right": OTHER.owner, "wrong": THIRD.owner, "unowned": UNOWNED}

CREATED = KEPT = Decision()
ADOPTED, TAKEN = (Decision(adopts=True, previous_owner=owner) for owner in (OTHER.owner, UNOWNED))
GONE, RECREATED = "no longer exists, but is still in the state", "was recreated"
ABSENT, NOT_OWNED = "namespace 'dev' does not exist", "no stack owns the namespace 'dev'"
FOUND, OWNED = "already exists and no stack owns it", "cannot own it too"
NOT_THEIRS = f"is owned by {OTHER.owner}."
ADOPTED_BACK = "has adopted it back since"

Result = Decision | str
TABLE: dict[tuple[str, str], tuple[Result, ...]] = {
    # live, adopt: one result for each state, in the order of STATES
    ("absent", "nothing"): (CREATED, GONE, GONE, GONE, GONE, GONE),
    ("absent", "right"): (ABSENT, GONE, GONE, GONE, GONE, GONE),
    ("absent", "wrong"): (ABSENT, GONE, GONE, GONE, GONE, GONE),
    ("absent", "unowned"): (ABSENT, GONE, GONE, GONE, GONE, GONE),
    ("unowned", "nothing"): (FOUND, KEPT, KEPT, RECREATED, KEPT, KEPT),
    ("unowned", "right"): (NOT_OWNED, KEPT, KEPT, RECREATED, KEPT, KEPT),
    ("unowned", "wrong"): (NOT_OWNED, KEPT, KEPT, RECREATED, KEPT, KEPT),
    ("unowned", "unowned"): (TAKEN, KEPT, KEPT, RECREATED, KEPT, KEPT),
    ("mine", "nothing"): (KEPT, KEPT, KEPT, RECREATED, KEPT, KEPT),
    ("mine", "right"): (KEPT, KEPT, KEPT, RECREATED, KEPT, KEPT),
    ("mine", "wrong"): (KEPT, KEPT, KEPT, RECREATED, KEPT, KEPT),
    ("mine", "unowned"): (KEPT, KEPT, KEPT, RECREATED, KEPT, KEPT),
    ("another's", "nothing"): (OWNED,) * 6,
    ("another's", "right"): (ADOPTED, ADOPTED, ADOPTED, ADOPTED, ADOPTED_BACK, ADOPTED),
    ("another's", "wrong"): (NOT_THEIRS,) * 6,
    ("another's", "unowned"): (NOT_THEIRS,) * 6,
}


def decided(
    claim: Claim,
    known: StateObject | None,
    live: ObservedNamespace | None,
    exported: dict[str, NamespaceRecord] | None = None,
) -> Decision | None:
    cluster = ObservedCluster("cluster-1", {live.name: live} if live else {})
    state = State((known,) if known else ())
    record = None if claim.owns else exported_record(claim, exported or {}, state)
    return decide(claim, state, cluster, record)


def refusal_of(
    claim: Claim,
    known: StateObject | None,
    live: ObservedNamespace | None,
    exported: dict[str, NamespaceRecord] | None = None,
) -> str:
    with pytest.raises(Refusal) as caught:
        decided(claim, known, live, exported)
    return str(caught.value)


@pytest.mark.parametrize(
    ("live", "state", "adopt", "result"),
    [
        (live, state, adopt, result)
        for live, adopt in itertools.product(LIVES, ADOPTS)
        for state, result in zip(STATES, TABLE[live, adopt], strict=True)
    ],
)
def test_a_claim_is_decided_by_live_object_state_and_setting(
    live: str, state: str, adopt: str, result: Result
) -> None:
    claim = replace(CLAIM, adopt_from=ADOPTS[adopt])
    if isinstance(result, Decision):
        assert decided(claim, STATES[state], LIVES[live]) == result
    else:
        message = refusal_of(claim, STATES[state], LIVES[live])
        assert result in message
        assert "'dev'" in message


@pytest.mark.parametrize("owner", ["", ME.owner, OTHER.owner])
@pytest.mark.parametrize("known", [None, KNOWN])
def test_a_namespace_that_is_being_deleted_cannot_be_owned(owner: str, known: StateObject | None) -> None:
    terminating = replace(LIVE, owner=owner, terminating=True)
    assert "is being deleted" in refusal_of(replace(CLAIM, adopt_from=OTHER.owner), known, terminating)


def test_a_second_owner_is_refused_with_both_ways_out() -> None:
    message = refusal_of(CLAIM, None, replace(LIVE, owner=OTHER.owner))
    assert f"In {CLAIM.file}," in message
    assert f"create_namespace: false, namespace_source: {OTHER}" in message
    assert f"adopt_namespace_from: {OTHER.owner}" in message


def test_a_former_owner_is_told_that_the_namespace_was_adopted_from_it() -> None:
    adopted = replace(LIVE, owner=OTHER.owner, previous_owner=ME.owner)
    assert f"It was adopted from {ME}." in refusal_of(CLAIM, KNOWN, adopted)
    elsewhere = replace(LIVE, owner=OTHER.owner, previous_owner=THIRD.owner)
    assert "was adopted" not in refusal_of(CLAIM, KNOWN, elsewhere)


def test_a_refusal_names_the_setting_of_the_file_that_has_it() -> None:
    claim = replace(CLAIM, place="namespaces.dev.")
    assert "(namespaces.dev.adopt_namespace_from: unowned)" in refusal_of(claim, None, LIVE)
    absent = refusal_of(replace(claim, adopt_from=OTHER.owner), None, None)
    assert f"{CLAIM.file} sets namespaces.dev.adopt_namespace_from: {OTHER.owner}" in absent
    assert "Remove namespaces.dev.adopt_namespace_from" in absent
    assert refusal_of(CLAIM, KNOWN, None).endswith("make app-refresh SERVICE=day ENV=dev")


def test_an_owner_knows_its_previous_owner_and_what_it_applied_by_force_the_last_time() -> None:
    for annotations, forced in (({FORCE: "true"}, True), ({}, False)):
        applied = {"labels": {"name": "dev"}, "annotations": annotations}
        mine = replace(LIVE, owner=ME.owner, previous_owner=OTHER.owner)
        found = decided(CLAIM, replace(KNOWN, declared={"metadata": applied}), mine)
        assert found == Decision(previous_owner=OTHER.owner, forced=applied if forced else None)


def test_without_a_cluster_the_api_server_decides_and_an_earlier_adoption_is_remembered() -> None:
    applied = {"labels": {"name": "dev"}, "annotations": {FORCE: "true"}}
    known = replace(KNOWN, previous_owner=OTHER.owner, declared={"metadata": applied})
    claim = replace(CLAIM, adopt_from=THIRD.owner)
    assert decide(claim, State((known,)), None, None) == Decision(previous_owner=OTHER.owner, forced=applied)
    assert decide(claim, State((KNOWN,)), None, None) == Decision()
    assert decide(USE, State(), None, RECORD) is None


# ---- using a namespace that another stack owns


@pytest.mark.parametrize("owner", ["", OTHER.owner])
@pytest.mark.parametrize("known", [None, KNOWN])
def test_a_namespace_is_used_where_export_and_live_object_agree(
    owner: str, known: StateObject | None
) -> None:
    for record in (RECORD, RECORD.model_copy(update={"uid": None, "tenants": (ME.owner,)})):
        assert decided(USE, known, replace(LIVE, owner=owner), {"dev": record}) is None


@pytest.mark.parametrize(
    "exported", [{}, {"dev": NamespaceRecord(owner=THIRD.owner)}], ids=["none", "another's"]
)
def test_a_source_that_does_not_own_it_is_refused_with_three_ways_out(
    exported: dict[str, NamespaceRecord],
) -> None:
    message = refusal_of(USE, None, LIVE, exported)
    assert f"{CLAIM.file} reads the namespace 'dev' from {OTHER}" in message
    for way_out in ("namespace_source", "adopt it first", "create_namespace: true"):
        assert way_out in message


def test_a_stack_that_is_not_a_tenant_is_refused_with_those_who_are() -> None:
    record = RECORD.model_copy(update={"tenants": (THIRD.owner,)})
    message = refusal_of(USE, None, LIVE, {"dev": record})
    assert f"{ME} is not a tenant of the namespace 'dev'" in message
    assert f"its tenants: {THIRD.owner}" in message


@pytest.mark.parametrize("owner", ["", OTHER.owner])
def test_a_flip_that_would_delete_the_namespace_is_refused(owner: str) -> None:
    message = refusal_of(USE, replace(KNOWN, owner=owner), LIVE, {"dev": RECORD})
    assert "would delete it with everything in it" in message
    assert f"Set namespace: dev and create_namespace: true in {CLAIM.file} and deploy once" in message


@pytest.mark.parametrize(
    ("live", "fact"),
    [
        (None, f"no longer exists, but {OTHER} still exports it"),
        (replace(LIVE, terminating=True), "is being deleted"),
        (replace(LIVE, owner=THIRD.owner), f"is owned by {THIRD.owner}, not by {OTHER.owner}"),
        (replace(LIVE, uid="uid-2"), f"its UID is uid-2, {OTHER} exports uid-1"),
    ],
)
def test_a_live_namespace_that_differs_from_the_export_is_not_used(
    live: ObservedNamespace | None, fact: str
) -> None:
    assert fact in refusal_of(USE, None, live, {"dev": RECORD})


# ---- renaming


def objects(*namespaces: str) -> State:
    return State(
        tuple(
            StateObject(f"urn-{number}", "kubernetes:apps/v1:Deployment", f"object-{number}", namespace)
            for number, namespace in enumerate(namespaces)
        )
    )


def test_a_changed_namespace_is_refused_with_what_it_would_lose_and_both_ways_out() -> None:
    with pytest.raises(Refusal) as caught:
        refuse_rename(CLAIM, objects("old", "old"), ())
    assert "has 2 objects in the namespace 'old'" in caught.value.fact
    assert "Set the namespace back to 'old'" in caught.value.remedy
    assert "ALLOW=Namespace/old" in caught.value.remedy


@pytest.mark.parametrize(
    ("allow", "refused"),
    [
        ("Deployment/x, namespace/OLD ,Namespace/b", ""),
        ("Namespace/old", "b"),
        *((allow, "b") for allow in ("", "Namespace/dev", "Namespace/ol", "old", "Deployment/old")),
    ],
)
def test_a_rename_needs_each_namespace_that_is_left_by_name(allow: str, refused: str) -> None:
    with pytest.raises(Refusal, match=f"ALLOW=Namespace/{refused}") if refused else contextlib.nullcontext():
        refuse_rename(CLAIM, objects("old", "b"), parse_allowed(allow))
    old = replace(KNOWN, name="old", owner="")
    with pytest.raises(Refusal, match="would delete it"):
        refuse_rename(CLAIM, State((old,)), parse_allowed(allow))
    refuse_rename(CLAIM, State((replace(old, owner=ME.owner), KNOWN)), ())


# ---- the cluster


def test_another_cluster_than_the_contracts_and_the_states_is_refused() -> None:
    with pytest.raises(Refusal, match="leads to the cluster other, not to cluster-1"):
        check_cluster(ME, State(), "cluster-1", "other")
    check_cluster(ME, State(), "arn:aws:eks:region:account:cluster/x", "")
    state = State(cluster="cluster-0")
    for stack, command in ((ME, "app-forget SERVICE=day"), (OTHER, "infra-forget")):
        with pytest.raises(Refusal, match=f"make {command} ENV=dev"):
            check_cluster(stack, state, "cluster-1", "cluster-1")
