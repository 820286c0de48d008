"""A program that refuses ends with its own words; any other fault keeps its stack trace."""

import pulumi
import pytest

from shared.program import refusable
from shared.refusal import Refusal


def test_a_refusal_becomes_the_programs_last_words() -> None:
    @refusable
    def refuse() -> None:
        raise Refusal("This is wrong.", "Do that.")

    with pytest.raises(pulumi.RunError) as caught:
        refuse()
    assert str(caught.value) == "Refused: This is wrong.\n  Do that."
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_another_fault_stays_what_it_is() -> None:
    @refusable
    def fail() -> None:
        raise KeyError("unexpected")

    with pytest.raises(KeyError):
        fail()


def test_a_result_passes_through() -> None:
    assert refusable(lambda number: number + 1)(1) == 2
