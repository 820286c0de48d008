"""A changed namespace setting moves nothing unless the old namespace is named."""

import pytest

from shared.held import HeldObject, HeldState
from shared.ownership.claim import Claim
from shared.ownership.rename import refuse_rename
from shared.refusal import Refusal

CLAIM = Claim("new", "day-service-app.dev", "apps/day/Pulumi.dev.yaml")


def held(*namespaces: str) -> HeldState:
    return HeldState(
        tuple(
            HeldObject(f"urn-{number}", "kubernetes:apps/v1:Deployment", f"object-{number}", namespace)
            for number, namespace in enumerate(namespaces)
        )
    )


def test_a_changed_namespace_is_refused_with_what_it_would_lose_and_both_ways_out() -> None:
    with pytest.raises(Refusal) as caught:
        refuse_rename(CLAIM, held("old", "old"))
    assert "has 2 objects in the namespace 'old'" in caught.value.fact
    assert "apps/day/Pulumi.dev.yaml says 'new'" in caught.value.fact
    assert "Set the namespace back to 'old'" in caught.value.remedy
    assert "ALLOW=Namespace/old" in caught.value.remedy


@pytest.mark.parametrize("allow", ["Namespace/old", "Deployment/x, namespace/OLD "])
def test_a_move_that_was_asked_for_by_name_is_allowed(allow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW", allow)
    refuse_rename(CLAIM, held("old"))


@pytest.mark.parametrize("allow", ["", "Namespace/new", "Namespace/ol", "old", "Deployment/old"])
def test_a_move_that_another_name_allows_is_refused(allow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW", allow)
    with pytest.raises(Refusal, match="'old'"):
        refuse_rename(CLAIM, held("old"))


def test_each_namespace_left_behind_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW", "Namespace/a")
    with pytest.raises(Refusal, match="ALLOW=Namespace/b"):
        refuse_rename(CLAIM, held("a", "b"))


def test_objects_in_the_same_namespace_and_of_the_cluster_are_no_rename() -> None:
    refuse_rename(CLAIM, held("new", ""))
    refuse_rename(CLAIM, HeldState())


def namespace(name: str, owner: str = "") -> HeldObject:
    return HeldObject(f"urn-of-{name}", "kubernetes:core/v1:Namespace", name, owner=owner)


@pytest.mark.parametrize("allow", ["", "Namespace/old"])
def test_a_namespace_that_would_not_be_retained_is_not_left_whatever_is_allowed(
    allow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW", allow)
    with pytest.raises(Refusal, match="would delete it") as caught:
        refuse_rename(CLAIM, HeldState((namespace("old"),)))
    assert "Set the namespace back to 'old'" in caught.value.remedy


def test_a_namespace_of_the_stacks_own_is_left_and_the_claimed_one_is_none_that_is_left() -> None:
    refuse_rename(CLAIM, HeldState((namespace("old", CLAIM.claimant), namespace("new"))))
