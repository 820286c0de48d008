"""Waiting: it ends with the condition, or with a refusal that says what is still under way."""

import pytest

from operations.stacks import wait
from operations.stacks.wait import wait_until
from shared.refusal import Refusal


def test_a_wait_ends_with_its_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "_POLL_SECONDS", 0)
    answers = iter([False, False, True])
    wait_until(lambda: next(answers), seconds=60, what="it")
    assert next(answers, None) is None


def test_a_condition_that_holds_is_not_waited_for() -> None:
    wait_until(lambda: True, seconds=-1, what="it")


def test_a_wait_that_takes_too_long_says_for_what() -> None:
    with pytest.raises(Refusal, match="for the deletion of 'dev', which is still under way") as caught:
        wait_until(lambda: False, seconds=-1, what="the deletion of 'dev'")
    assert "go on waiting" in caught.value.remedy
