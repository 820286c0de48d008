"""A plan for reviewers: Markdown on standard output, however the preview ends, and the same exit as the preview."""

from typing import Any

import pytest

from operations.engine.events import Step
from operations.engine.faults import EngineFailure
from operations.stacks import review as module
from operations.stacks.review import review
from shared.refusal import Refusal
from tests.unit.operations.stacks.conftest import STACK

URN = "urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::day-service"
LOSS = Step("delete", URN, "Deployment", "day-service", "dev")
TOOLCHAIN: Any = None


def plans(monkeypatch: pytest.MonkeyPatch, *steps: Step, ends: Exception | None = None) -> None:
    def plan(stack: object, toolchain: object, *, allow: str) -> tuple[Step, ...]:
        if ends:
            raise ends
        return steps

    monkeypatch.setattr(module, "plan", plan)


def test_a_plan_that_would_lose_something_is_shown_and_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plans(monkeypatch, LOSS)
    with pytest.raises(Refusal, match="would lose"):
        review(STACK, TOOLCHAIN)
    told = capsys.readouterr().out
    assert told.startswith("<!-- plan for day/dev -->\n### day/dev: 1 deleted (planned)")
    assert "**refused**" in told


def test_what_is_allowed_by_name_is_not_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plans(monkeypatch, LOSS)
    review(STACK, TOOLCHAIN, allow="Deployment/day-service")
    assert "allowed by name" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (Refusal("apps/day/Pulumi.dev.yaml has 1 wrong setting.", "Correct it."), "day/dev: refused"),
        (EngineFailure("day/dev: preview", ["no answer"]), "day/dev: failed"),
    ],
)
def test_why_there_is_no_plan_is_told_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], end: Exception, told: str
) -> None:
    plans(monkeypatch, ends=end)
    with pytest.raises(type(end)):
        review(STACK, TOOLCHAIN)
    printed = capsys.readouterr().out
    assert told in printed
    assert str(end) in printed
