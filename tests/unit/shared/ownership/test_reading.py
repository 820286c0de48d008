"""Living in another stack's namespace: admitted by its owner's exports, agreed with by the live object."""

from dataclasses import replace

import pytest

from shared.cluster.live import LiveNamespace
from shared.contract import NamespaceRecord
from shared.held import HeldObject
from shared.ownership.claim import Claim
from shared.ownership.reading import admit, agree
from shared.refusal import Refusal
from shared.stack_name import StackName

ME, OWNER = "day-service-app.dev", "service-infrastructure.dev"
CLAIM = Claim("shared", ME, "apps/day/Pulumi.dev.yaml")
SOURCE = StackName("organization", "service-infrastructure", "dev")
RECORD = NamespaceRecord(owner=OWNER, uid="uid-1")
LIVE = LiveNamespace("shared", "uid-1", owner=OWNER)
HELD = HeldObject("urn", "kubernetes:core/v1:Namespace", "shared", uid="uid-1", owner=ME)


def not_admitted(records: dict[str, NamespaceRecord], held: HeldObject | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        admit(CLAIM, SOURCE, records, held)
    return str(caught.value)


def not_agreed(live: LiveNamespace | None) -> str:
    with pytest.raises(Refusal) as caught:
        agree(CLAIM, SOURCE, RECORD, live)
    return str(caught.value)


def test_a_namespace_is_read_from_the_stack_that_owns_it() -> None:
    assert admit(CLAIM, SOURCE, {"shared": RECORD}, None) == RECORD


def test_letting_go_of_an_own_namespace_is_admitted() -> None:
    assert admit(CLAIM, SOURCE, {"shared": RECORD}, HELD) == RECORD


@pytest.mark.parametrize(
    "records", [{}, {"shared": NamespaceRecord(owner="dusk-service-app.dev")}], ids=["none", "another's"]
)
def test_a_source_that_does_not_own_it_is_refused_with_three_ways_out(
    records: dict[str, NamespaceRecord],
) -> None:
    message = not_admitted(records)
    assert f"{CLAIM.file} reads the namespace 'shared' from service-infrastructure/dev" in message
    for way_out in ("namespace_source", "take it over first", "create_namespace: true"):
        assert way_out in message


def test_a_source_that_owns_others_is_refused_with_their_names() -> None:
    records = {"b": RECORD, "a": RECORD}
    assert "(it owns: a, b)" in not_admitted(records)
    assert "(it owns: none)" in not_admitted({})


def test_a_stack_that_is_no_tenant_is_refused_with_those_who_are() -> None:
    record = RECORD.model_copy(update={"tenants": ("dusk-service-app.dev",)})
    message = not_admitted({"shared": record})
    assert f"{ME} is no tenant of the namespace 'shared'" in message
    assert "its tenants: dusk-service-app.dev" in message
    assert f"Have {ME} added" in message


def test_a_tenant_is_admitted_and_so_is_everybody_where_none_is_named() -> None:
    record = RECORD.model_copy(update={"tenants": ("dusk-service-app.dev", ME)})
    assert admit(CLAIM, SOURCE, {"shared": record}, None) == record


@pytest.mark.parametrize("owner", ["", OWNER])
def test_a_flip_that_would_delete_the_namespace_is_refused(owner: str) -> None:
    message = not_admitted({"shared": RECORD}, replace(HELD, owner=owner))
    assert "would delete it with everything in it" in message
    assert f"Set create_namespace: true in {CLAIM.file} and deploy once" in message


@pytest.mark.parametrize("owner", ["", OWNER])
def test_a_live_namespace_that_agrees_is_lived_in(owner: str) -> None:
    agree(CLAIM, SOURCE, RECORD, replace(LIVE, owner=owner))
    agree(CLAIM, SOURCE, RECORD.model_copy(update={"uid": None}), replace(LIVE, owner=owner))


def test_a_namespace_that_is_gone_is_refused_with_who_still_exports_it() -> None:
    message = not_agreed(None)
    assert "'shared' is gone" in message
    assert "Have service-infrastructure/dev refreshed" in message


def test_a_namespace_that_is_going_is_not_lived_in() -> None:
    assert "'shared' is being deleted" in not_agreed(replace(LIVE, terminating=True))


def test_a_live_namespace_of_another_owner_is_refused_with_the_setting_that_names_it() -> None:
    message = not_agreed(replace(LIVE, owner="dusk-service-app.dev"))
    assert f"owned by dusk-service-app.dev, not by {OWNER}" in message
    assert f"Set namespace_source: dusk-service-app/dev in {CLAIM.file}" in message


def test_a_namespace_that_was_made_again_is_refused_with_both_uids() -> None:
    message = not_agreed(replace(LIVE, uid="uid-2"))
    assert "uid-2" in message
    assert "service-infrastructure/dev exports uid-1" in message
