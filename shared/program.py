"""A stack's program: refusals end it with their own words, everything else with a stack trace."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import pulumi

from shared.refusal import REFUSED, Refusal

P = ParamSpec("P")
R = TypeVar("R")


def refusable(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function of a program, or one that an output applies, refuse without a stack trace."""

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Refusal as refusal:
            raise pulumi.RunError(f"{REFUSED}{refusal}") from None

    return run
