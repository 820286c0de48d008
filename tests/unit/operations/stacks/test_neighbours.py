"""Services that share a namespace have their turns one after another, along the order that owners give."""

import pytest

from operations.engine.project import StackId
from operations.stacks.neighbours import one_by_one
from operations.stacks.order import no_order
from operations.status.facts import WishFacts
from operations.status.wishes import SettingsFacts
from tests.unit.operations.stacks.fleet_stacks import A, B, C, D, E

PLATFORM = "service-infrastructure.dev"

Homes = dict[StackId, tuple[str, str]]


@pytest.fixture
def homes(monkeypatch: pytest.MonkeyPatch) -> Homes:
    """The platform and namespace in which a stack lives; the settings of those that are not in it cannot be read."""
    known: Homes = {}

    def read(stack: StackId) -> SettingsFacts:
        if stack not in known:
            return SettingsFacts("", PLATFORM, fault="wrong")
        platform, namespace = known[stack]
        return SettingsFacts("", platform, (WishFacts(namespace),))

    monkeypatch.setattr("operations.status.wishes.read_application", read)
    return known


def test_who_shares_a_namespace_waits_for_the_one_before(homes: Homes) -> None:
    homes.update(dict.fromkeys([A, C, D], (PLATFORM, "shared")) | {B: (PLATFORM, "its-own")})
    assert one_by_one(no_order([A, B, C, D])) == {C: A, D: C}


def test_a_namespace_of_the_same_name_on_another_platform_is_another_one(homes: Homes) -> None:
    homes.update({A: (PLATFORM, "dev"), B: ("service-infrastructure.other", "dev")})
    assert one_by_one(no_order([A, B])) == {}


def test_owners_come_before_the_others_in_their_namespace_without_a_circle(homes: Homes) -> None:
    homes.update(dict.fromkeys([A, B, C], (PLATFORM, "shared")))
    waits = one_by_one({A: frozenset({C}), B: frozenset({C}), C: frozenset()})
    assert waits == {A: C, B: A}


def test_settings_that_cannot_be_read_let_nobody_wait(homes: Homes) -> None:
    homes[A] = (PLATFORM, "dev")
    assert one_by_one(no_order([A, D, E])) == {}
