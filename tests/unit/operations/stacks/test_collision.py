"""Settings that ask for one namespace twice are refused, unless one of the two has it or they hand it over."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.engine.project import StackId
from operations.stacks import collision
from operations.stacks.collision import refuse_collisions
from operations.stacks.state import StateNamespace
from operations.status.facts import WishFacts
from operations.status.wishes import SettingsFacts
from operations.toolchain import Toolchain
from shared.refusal import Refusal
from tests.unit.operations.stacks.conftest import STACK as DAY

DUSK = StackId(DAY.project.__class__(DAY.project.folder, "dusk-service-app", "dusk"), "dev")
PLATFORM = StackId(
    DAY.project.__class__(DAY.project.folder, "service-infrastructure", "infrastructure"), "dev"
)
TOOLS: Any = None

Want = Callable[..., None]


@pytest.fixture
def want(monkeypatch: pytest.MonkeyPatch) -> Want:
    """Set what a stack's settings ask for, and which stacks hold the namespace already."""
    wishes: dict[StackId, SettingsFacts] = {}
    holders: set[StackId] = set()

    def say(stack: StackId, wish: WishFacts, *, platform: str = PLATFORM.owner, holds: bool = False) -> None:
        wishes[stack] = SettingsFacts(f"{stack.project.label}.yaml", platform, (wish,))
        holders.update({stack} if holds else set())

    def read(stack: StackId) -> SettingsFacts:
        return wishes.get(stack, SettingsFacts("", ""))

    class Engine:
        def __init__(self, stack: StackId, _: Toolchain) -> None:
            self.stack = stack

    monkeypatch.setattr(collision, "read_application", read)
    monkeypatch.setattr(collision, "read_infrastructure", read)
    monkeypatch.setattr(collision, "all_stacks", lambda: iter(wishes))
    monkeypatch.setattr(collision, "EngineStack", Engine)
    monkeypatch.setattr(collision, "read_state", lambda engine: engine.stack)
    monkeypatch.setattr(
        collision,
        "namespaces",
        lambda stack: [StateNamespace("dev", "urn", retained=True)] if stack in holders else [],
    )
    return say


@pytest.mark.parametrize("other", [DUSK, PLATFORM])
def test_either_of_two_claims_is_refused_with_both_files(want: Want, other: StackId) -> None:
    want(DAY, WishFacts("dev"))
    want(other, WishFacts("dev"))
    for stack in (DAY, other):
        with pytest.raises(Refusal, match="both ask to own the namespace 'dev'") as refused:
            refuse_collisions(stack, TOOLS)
        assert "day.yaml" in str(refused.value)
        assert f"{other.project.label}.yaml" in str(refused.value)


def test_a_reader_collides_with_nobody(want: Want) -> None:
    want(DAY, WishFacts("dev"))
    want(DUSK, WishFacts("dev", source=DAY.owner))
    refuse_collisions(DAY, TOOLS)
    refuse_collisions(DUSK, TOOLS)


def test_another_name_or_another_cluster_is_no_collision(want: Want) -> None:
    want(DAY, WishFacts("dev"))
    want(DUSK, WishFacts("other"))
    refuse_collisions(DAY, TOOLS)
    want(DUSK, WishFacts("dev"), platform="service-infrastructure.production")
    refuse_collisions(DAY, TOOLS)


@pytest.mark.parametrize("adopting", [DAY, PLATFORM])
def test_a_handover_is_no_collision(want: Want, adopting: StackId) -> None:
    other = PLATFORM if adopting == DAY else DAY
    want(adopting, WishFacts("dev", adopt_from=other.owner))
    want(other, WishFacts("dev"))
    refuse_collisions(adopting, TOOLS)
    refuse_collisions(other, TOOLS)


@pytest.mark.parametrize("holder", [DAY, DUSK])
def test_whoever_has_it_is_not_held_up_by_anothers_settings(want: Want, holder: StackId) -> None:
    want(DAY, WishFacts("dev"), holds=holder == DAY)
    want(DUSK, WishFacts("dev"), holds=holder == DUSK)
    refuse_collisions(DAY, TOOLS)
