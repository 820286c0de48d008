"""Deploying: preview, judge, and do what was judged and nothing else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.engine.events import Step
from operations.engine.process import Outcome
from operations.engine.runs import StackMissing
from operations.stacks import deploy as module
from operations.stacks.deploy import deploy, preview
from shared.refusal import Refusal
from tests.unit.operations.stacks.conftest import STACK

TOOLCHAIN: Any = None
URN = "urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::day-service"
LOSS = Step("replace", URN, "Deployment", "day-service", "dev")
UPDATE = Step("update", URN, "Deployment", "day-service", "dev")
SAME = Step("same", URN, "Deployment", "day-service", "dev")


class Engine:
    """An engine that plans some steps."""

    is_unknown = False

    def __init__(self, *steps: Step, exists: bool = True) -> None:
        self.stack, self.steps, self.exists = STACK, steps, exists
        self.done: list[str] = []
        self.ahead: list[str] = []
        self.plans: list[Path | None] = []
        self.allow = ""

    def __call__(self, stack: object, toolchain: object, *, allow: str = "") -> "Engine":
        """Stand in the place of an EngineStack."""
        self.allow = allow
        return self

    def create(self) -> bool:
        """Make the stack."""
        self.done.append("create")
        made, self.exists = not self.exists, True
        return made

    @contextmanager
    def waiting_update(self) -> Iterator[SimpleNamespace]:
        """An update ahead of its plan."""
        try:
            yield SimpleNamespace(begin=lambda: self.ahead.append("begun"))
        finally:
            self.ahead.append("ended")

    def preview(
        self,
        *,
        save_plan: Path | None = None,
        show_steps: bool,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Outcome:
        """Plan."""
        meanwhile()
        self.done.append("preview")
        self.plans.append(save_plan)
        if not self.exists:
            raise StackMissing(STACK)
        return Outcome(0, self.steps, ())

    def update(self, *, plan: Path | None = None, waiting: object = None) -> Outcome:
        """Do it."""
        self.done.append("update")
        self.plans.append(plan)
        if waiting:
            self.ahead.append("used")
        return Outcome(0, self.steps, ())


@pytest.fixture(autouse=True)
def _plans_below_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.paths.LOCAL", tmp_path / ".local")


def engine(monkeypatch: pytest.MonkeyPatch, *steps: Step, exists: bool = True) -> Engine:
    made = Engine(*steps, exists=exists)
    monkeypatch.setattr(module, "EngineStack", made)
    monkeypatch.setattr(module, "check_settings", lambda stack: None)
    monkeypatch.setattr(module, "refuse_collisions", lambda stack, toolchain: None)
    return made


@pytest.mark.parametrize("verb", [deploy, preview])
def test_wrong_settings_are_refused_before_the_engine_is_asked(
    monkeypatch: pytest.MonkeyPatch, verb: Callable[[Any, Any], None]
) -> None:
    made = engine(monkeypatch, UPDATE, exists=False)

    def refuse(stack: object) -> None:
        raise Refusal("apps/day/Pulumi.dev.yaml has 1 wrong setting", "Correct it.")

    monkeypatch.setattr(module, "check_settings", refuse)
    with pytest.raises(Refusal, match="1 wrong setting"):
        verb(STACK, TOOLCHAIN)
    assert made.done == []


@pytest.mark.parametrize("verb", [deploy, preview])
def test_a_collision_is_refused_before_the_engine_is_asked(
    monkeypatch: pytest.MonkeyPatch, verb: Callable[[Any, Any], None]
) -> None:
    made = engine(monkeypatch, UPDATE, exists=False)

    def refuse(*_: object) -> None:
        raise Refusal("Two files ask to own the namespace", "Correct one.")

    monkeypatch.setattr(module, "refuse_collisions", refuse)
    with pytest.raises(Refusal, match="ask to own"):
        verb(STACK, TOOLCHAIN)
    assert made.done == []


@pytest.mark.parametrize("verb", [deploy, preview])
def test_no_stack_is_made_whose_settings_are_wrong(
    monkeypatch: pytest.MonkeyPatch, verb: Callable[[Any, Any], None]
) -> None:
    made = engine(monkeypatch, UPDATE, exists=False)
    made.is_unknown = True

    def refuse(stack: object) -> None:
        raise Refusal("apps/day/Pulumi.dev.yaml has 1 wrong setting", "Correct it.")

    monkeypatch.setattr(module, "check_settings", refuse)
    with pytest.raises(Refusal, match="1 wrong setting"):
        verb(STACK, TOOLCHAIN)
    assert made.done == []


def test_a_change_is_made_by_the_plan_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(monkeypatch, UPDATE)
    deploy(STACK, TOOLCHAIN)
    assert made.done == ["preview", "update"]
    assert made.plans[0] is not None
    assert made.plans[0] == made.plans[1]


@pytest.mark.parametrize(
    ("steps", "ahead"),
    [((UPDATE,), ["begun", "used", "ended"]), ((SAME,), ["begun", "ended"]), ((LOSS,), ["begun", "ended"])],
)
def test_an_update_that_waited_for_a_plan_in_vain_is_ended(
    monkeypatch: pytest.MonkeyPatch, steps: tuple[Step, ...], ahead: list[str]
) -> None:
    made = engine(monkeypatch, *steps)
    with suppress(Refusal):
        deploy(STACK, TOOLCHAIN)
    assert made.ahead == ahead


def test_a_plan_does_not_outlive_its_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine(monkeypatch, UPDATE)
    deploy(STACK, TOOLCHAIN)
    assert list((tmp_path / ".local" / "scratch").iterdir()) == []


def test_a_loss_that_nobody_asked_for_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(monkeypatch, UPDATE, LOSS)
    with pytest.raises(Refusal, match="ALLOW=Deployment/day-service"):
        deploy(STACK, TOOLCHAIN)
    assert made.done == ["preview"]


def test_a_loss_that_was_asked_for_is_done_and_the_program_knows_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = engine(monkeypatch, LOSS)
    deploy(STACK, TOOLCHAIN, allow="Deployment/day-service")
    assert made.done == ["preview", "update"]
    assert made.allow == "Deployment/day-service"


def test_where_there_is_nothing_to_do_the_preview_is_the_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(monkeypatch, SAME)
    deploy(STACK, TOOLCHAIN)
    assert made.done == ["preview"]


def test_a_stack_that_was_never_made_is_made_and_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(monkeypatch, UPDATE, exists=False)
    deploy(STACK, TOOLCHAIN)
    assert made.done == ["preview", "create", "update"]


def test_a_stack_without_a_state_is_made_and_updated_without_a_preview(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = engine(monkeypatch, UPDATE, exists=False)
    made.is_unknown = True
    deploy(STACK, TOOLCHAIN)
    assert made.done == ["create", "update"]


def test_a_stack_that_turns_out_to_be_there_is_judged_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(monkeypatch, LOSS)
    made.is_unknown = True
    with pytest.raises(Refusal, match="would lose"):
        deploy(STACK, TOOLCHAIN)
    assert made.done == ["create", "preview"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_preview_changes_nothing(monkeypatch: pytest.MonkeyPatch, exists: bool) -> None:
    made = engine(monkeypatch, UPDATE, exists=exists)
    preview(STACK, TOOLCHAIN)
    assert "update" not in made.done


def test_a_preview_refuses_what_deploying_would_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(monkeypatch, LOSS)
    with pytest.raises(Refusal, match="would lose"):
        preview(STACK, TOOLCHAIN)
    preview(STACK, TOOLCHAIN, allow="Deployment/day-service")
    assert made.done == ["preview", "preview"]
