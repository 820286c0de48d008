"""What a stack's program gets from the command that runs it, and how it refuses."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.errors import REFUSED, PlatformError, Refusal

ALLOWED: ContextVar[str | None] = ContextVar("ALLOWED", default=None)
"""What may be lost in this run; None where a person runs `pulumi`, with the environment variable ALLOW."""


CONNECTED: ContextVar[Callable[[str], object] | None] = ContextVar("CONNECTED", default=None)
"""Is told the kubeconfig of the program's cluster, once that is known."""


def connected(kubeconfig: str) -> None:
    """Tell the command that runs this program which cluster it is on."""
    if tell := CONNECTED.get():
        tell(kubeconfig)


def allowed() -> frozenset[str]:
    """What may be lost in this run, as `kind/name` in lower case."""
    given = ALLOWED.get()
    return parse_allowed(os.environ.get("ALLOW", "") if given is None else given)


def parse_allowed(text: str) -> frozenset[str]:
    """Read `Kind/name` separated by commas, in any case."""
    return frozenset(name.lower() for part in text.split(",") if (name := part.strip()))


@contextmanager
def refusals() -> Iterator[None]:
    """End a program that refuses by its message, without a stack trace."""
    try:
        yield
    except PlatformError as error:
        # The command line reads this module too, and does not need the SDK, which takes as long as all else to load.
        import pulumi  # noqa: PLC0415

        mark = REFUSED if isinstance(error, Refusal) else ""
        raise pulumi.RunError(f"{mark}{error}") from None
