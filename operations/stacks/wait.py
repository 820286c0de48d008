"""Waiting for something that the API server has yet to bring about."""

import time
from collections.abc import Callable

from shared.refusal import Refusal

_POLL_SECONDS = 0.25


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait until a condition holds.

    Args:
        condition: asked again and again.
        seconds: how long to wait at most.
        what: what is waited for, for the message.

    Raises:
        Refusal: it did not hold in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Refusal(
                f"Waited {seconds:.0f} s for {what}, which is still under way.",
                "Run the command again to go on waiting.",
            )
        time.sleep(_POLL_SECONDS)
