"""The errors that end a command with a sentence of fact and one of remedy.

PlatformError
├── Refusal: nothing was changed (exit code 2)
└── Failure: an operation failed on the way; what it had done stays (exit code 1)
"""

from collections.abc import Iterator
from contextlib import contextmanager

REFUSED = "Refused: "
"""The beginning of a program's refusal, which tells it from a failure to the command that runs the engine."""


class PlatformError(Exception):
    """A sentence of fact, naming the setting and its file, and a sentence of remedy."""

    exit_code = 1

    def __init__(self, fact: str, remedy: str) -> None:
        super().__init__(f"{fact}\n  {remedy}" if remedy else fact)
        self.fact = fact
        self.remedy = remedy


class Refusal(PlatformError):
    """Something is wrong that the user can correct; nothing was changed."""

    exit_code = 2


class Failure(PlatformError):
    """An operation failed on the way; what it had done stays."""


@contextmanager
def after_changes(prefix: str = "", then: str = "", *, changed: bool = True) -> Iterator[None]:
    """Turn a refusal of a later step into a failure, since earlier steps changed something (if they did).

    `prefix` comes before its fact, `then` after its remedy.
    """
    try:
        yield
    except Refusal as refusal:
        if not changed:
            raise
        remedy = refusal.remedy.replace("Nothing was changed. ", "")
        raise Failure(f"{prefix}{refusal.fact}", f"{remedy} {then}".strip()) from None
