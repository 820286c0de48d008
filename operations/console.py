"""How operations speak: one console, plain lines where there is no terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
"""Results: what a person or a script asked for."""

err = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())
"""Progress and refusals: never part of a result."""


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show one step of work: a spinner in a terminal, a line without one, and what it took at its end.

    Args:
        text: what is being done, as a short phrase without a full stop.
    """
    start = time.monotonic()
    try:
        if err.is_terminal:
            with err.status(text):
                yield
        else:
            err.print(f"{text} ...")
            yield
    except BaseException:
        err.print(f"{text}: failed after {time.monotonic() - start:.1f} s", style="red")
        raise
    err.print(f"{text}: {time.monotonic() - start:.1f} s")
