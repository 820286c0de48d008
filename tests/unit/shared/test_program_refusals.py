"""A program that refuses ends with its own words; any other fault keeps its stack trace."""

import pulumi
import pytest

from shared.errors import Failure, Refusal
from shared.program import refusals


@pytest.mark.parametrize(("error", "mark"), [(Refusal, "Refused: "), (Failure, "")])
def test_a_refusal_becomes_the_programs_last_words(error: type[Refusal], mark: str) -> None:
    with pytest.raises(pulumi.RunError) as caught, refusals():
        raise error("This is wrong.", "Do that.")
    assert str(caught.value) == f"{mark}This is wrong.\n  Do that."
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_another_fault_stays_what_it_is() -> None:
    with pytest.raises(KeyError), refusals():
        raise KeyError("unexpected")
