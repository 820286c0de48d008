"""Showing a stack's effective settings: a table of 80 columns, or JSON for scripts."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from operations.engine.project import StackId
from operations.paths import shown
from operations.settings.effective import Effective, Source
from shared.settings.place import as_yaml

_SECRET = "[secret]"  # noqa: S105 - in place of a secret
_WIDTH = 80
_WORDS = {Source.PROGRAM: "the program", Source.PATTERN: "namespace_pattern"}


def as_json(stack: StackId, settings: Sequence[Effective]) -> dict[str, Any]:
    """Lay settings out for scripts; the keys stay.

    Args:
        stack: the stack.
        settings: its settings.

    Returns:
        `stack` (`<project>.<stack>`), `service` (null for the infrastructure stack), `environment` and `settings`,
        of which each has `name`, `value` (null where nothing is set or it is secret), `secret` (bool), `source`
        (`settings`, `project`, `pattern` or `program`), `file` and `line` (null where it came from no file).
    """
    label = stack.project.label
    return {
        "stack": stack.owner,
        "service": None if label == "infrastructure" else label,
        "environment": stack.environment,
        "settings": [
            {
                "name": one.name,
                "value": one.value,
                "secret": one.secret,
                "source": one.source.value,
                "file": one.file or None,
                "line": one.line or None,
            }
            for one in settings
        ],
    }


def show(stack: StackId, settings: Sequence[Effective], console: Console) -> None:
    """Print settings for people: those that the stack's own file sets stand out.

    Args:
        stack: the stack.
        settings: its settings.
        console: where to print them.
    """
    console.print(f"Settings of {stack.owner} ({shown(stack.project.folder)})", style="bold", markup=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", width=_WIDTH)
    table.add_column("Setting", no_wrap=True)
    table.add_column("Value", overflow="fold")
    table.add_column("From", overflow="fold")
    for one in settings:
        own = one.source is Source.SETTINGS
        table.add_row(Text(one.name), Text(_value(one)), Text(_origin(one)), style="bold" if own else "none")
    console.print(table)


def _value(one: Effective) -> str:
    if one.secret:
        return _SECRET
    return "-" if one.value is None else as_yaml(one.value)


def _origin(one: Effective) -> str:
    return f"{one.file.rsplit('/', 1)[-1]}:{one.line}" if one.file else _WORDS[one.source]
