"""The consoles: plain lines where there is no terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
"""Standard output: the results that a person or a script asked for."""

err = Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())
"""Standard error: progress and errors."""


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show one step of work, a short phrase without a full stop: in a terminal by a spinner, and the time it took."""
    start = time.monotonic()
    try:
        with err.status(text):
            if not err.is_terminal:
                err.print(f"{text} ...")
            yield
    except BaseException:
        err.print(f"{text}: failed after {time.monotonic() - start:.1f} s", style="red")
        raise
    err.print(f"{text}: {time.monotonic() - start:.1f} s")
