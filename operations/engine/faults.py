"""From what the engine says to what a person can do: the errors that are known by their text, and all others."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import yaml

from shared.errors import REFUSED, Failure, PlatformError, Refusal


class EngineFailure(Failure):
    """The engine failed while it worked; what it had done by then is in the state."""

    def __init__(self, what: str, errors: Sequence[str]) -> None:
        super().__init__("\n".join([f"{what} failed.", *(f"  {line}" for line in errors)]), "")


_NOISE = re.compile(
    r"^warning: using pulumi-\S+ from \$PATH"
    r"|an unhandled error occurred: program exited with non-zero exit code"
    r"|^(preview|update|destroy|refresh) failed$"
    r"|^error: (preview|update) failed"
    r"|step application failed: .*one or more resources failed"
)

_NO_REASON = (
    "The engine gave no reason. Where it ran a saved plan, something changed between the preview and the update, "
    "and it stopped rather than do something else. Run the command again."
)


def raise_for(what: str, errors: Sequence[str], *, changed: bool = False) -> NoReturn:
    """Raise what the errors of a failed run, such as `day/dev: update`, amount to.

    Where the program, an admission policy or the engine refuses, and it is known what to do, that is a Refusal, and a
    Failure if the run had changed something by then. Anything else is an EngineFailure.
    """
    told = [error for error in errors if error and not _NOISE.search(error)]
    known: type[PlatformError] = Failure if changed else Refusal
    for error in told:
        if REFUSED in error:
            fact, _, remedy = error.split(REFUSED, 1)[1].strip().rpartition("\n")
            raise known(fact, remedy.strip()) if fact else known(remedy, "")
    table = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text("utf-8")) if told else ()
    for error in told:
        for row in table:
            if match := re.search(row["pattern"], error, re.DOTALL):
                groups = [group or "" for group in match.groups()]
                raise known(row["fact"].format(*groups), row["remedy"].format(*groups))
    raise EngineFailure(what, told or [_NO_REASON])
