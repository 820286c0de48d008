"""The verbs on a fleet: in which order, with what result, and which namespaces stay."""

import io
import threading
from typing import Any

import pytest
from rich.console import Console

from operations.engine.events import Step
from operations.engine.project import StackId
from operations.stacks import fleet_display, fleet_verbs
from operations.stacks.fleet_verbs import deploy_all, preview_all, take_all_down
from operations.status.facts import WishFacts
from operations.status.wishes import SettingsFacts
from shared.refusal import Refusal
from tests.unit.operations.stacks.fleet_stacks import A, B, C

TOOLCHAIN: Any = None
CHANGED = (Step("create", "urn::a", "Deployment", "day"),)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is said, of a fleet in which B reads its namespace from C."""
    stream = io.StringIO()
    console = Console(file=stream, highlight=False, soft_wrap=True)
    for module in (fleet_display, fleet_verbs):
        monkeypatch.setattr(module, "err", console)
    monkeypatch.setattr(fleet_display, "out", console)

    def read(stack: StackId) -> SettingsFacts:
        return SettingsFacts("", "", (WishFacts("dev", source=C.owner if stack == B else ""),))

    monkeypatch.setattr("operations.status.wishes.read_application", read)
    return stream


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done with whom, in order."""
    done: list[str] = []

    def update(stack: StackId, toolchain: Any, *, allow: str) -> tuple[Step, ...]:
        done.append(f"update {stack.project.label} {allow}")
        return CHANGED

    def plan(stack: StackId, toolchain: Any, *, allow: str) -> tuple[Step, ...]:
        done.append(f"plan {stack.project.label} {allow}")
        return CHANGED

    def show(stack: StackId, steps: tuple[Step, ...], allow: str) -> None:
        done.append(f"show {stack.project.label}")

    def hold(stack: StackId, steps: tuple[Step, ...], allow: str) -> None:
        if stack == B:
            raise Refusal("It would lose what nobody asked to lose.", "Name it.")

    def take_down(stack: StackId, toolchain: Any) -> tuple[tuple[Step, ...], list[str]]:
        done.append(f"down {stack.project.label}")
        return CHANGED, [] if stack == B else [f"home-of-{stack.project.label}"]

    monkeypatch.setattr(fleet_verbs, "update", update)
    monkeypatch.setattr(fleet_verbs, "plan", plan)
    monkeypatch.setattr(fleet_verbs, "show", show)
    monkeypatch.setattr(fleet_verbs, "hold", hold)
    monkeypatch.setattr(fleet_verbs, "take_objects_down", take_down)
    return done


def test_owners_are_deployed_before_who_reads_them(said: io.StringIO, turns: list[str]) -> None:
    assert deploy_all([A, B, C], TOOLCHAIN, allow="Pod/x", parallel="1") == 0
    assert set(turns) == {"update a Pod/x", "update b Pod/x", "update c Pod/x"}
    assert turns.index("update c Pod/x") < turns.index("update b Pod/x")
    assert "apps-up: 3 changed" in said.getvalue()


def test_services_of_one_namespace_are_deployed_one_at_a_time_and_a_failed_one_holds_nobody_up(
    said: io.StringIO, turns: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = threading.Lock()

    def update(stack: StackId, toolchain: Any, *, allow: str) -> tuple[Step, ...]:
        assert under_way.acquire(blocking=False), "two at once"
        turns.append(stack.project.label)
        threading.Event().wait(0.01)
        under_way.release()
        if stack == A:
            raise Refusal("It does not fit.", "Lower it.")
        return CHANGED

    monkeypatch.setattr(fleet_verbs, "update", update)
    assert deploy_all([A, B, C], TOOLCHAIN, parallel="3") == 2
    assert turns == ["a", "c", "b"]
    assert "apps-up: 2 changed, 1 refused" in said.getvalue()


def test_a_plan_that_is_refused_is_the_result_and_keeps_nobody_from_being_shown(
    said: io.StringIO, turns: list[str]
) -> None:
    assert preview_all([A, B, C], TOOLCHAIN, allow="", parallel="1") == 2
    assert turns == ["plan a ", "plan b ", "plan c ", "show a", "show b", "show c"]
    assert "apps-preview: 2 changed, 1 refused" in said.getvalue()


def test_who_reads_goes_before_its_owner_and_all_namespaces_stay(said: io.StringIO, turns: list[str]) -> None:
    assert take_all_down([A, B, C], TOOLCHAIN, parallel="1") == 0
    assert turns.index("down b") < turns.index("down c")
    kept = [line for line in said.getvalue().splitlines() if "stays" in line]
    assert [("'home-of-a'" in line, A.owner in line) for line in kept[:1]] == [(True, True)]
    assert len(kept) == 2


def test_what_is_no_number_is_refused_before_anybody_has_a_turn(said: io.StringIO, turns: list[str]) -> None:
    for verb in (deploy_all, preview_all, take_all_down):
        with pytest.raises(Refusal, match="PARALLEL=no"):
            verb([A], TOOLCHAIN, parallel="no")
    assert turns == []
