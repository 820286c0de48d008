"""Showing an examination: a table of 80 columns, plain lines without a terminal, or JSON for scripts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from operations.doctor.examination import Examined
from operations.doctor.finding import LEVELS, Finding, Level

_STYLES: dict[Level, str] = {"ok": "green", "warning": "yellow", "failure": "bold red"}
_WORDS: dict[Level, str] = {"ok": "OK", "warning": "warning", "failure": "FAILED"}


def as_json(examined: Sequence[Examined]) -> dict[str, Any]:
    """Lay an examination out for scripts; the keys stay.

    Args:
        examined: what the checks found.

    Returns:
        `well` (bool: nothing failed) and `checks`, of which each has `check`, `level` (`ok`, `warning`, `failure`) and
        `findings`: `level`, `fact`, `looked_at`, `remedy` (null where all is well).
    """
    return {
        "well": is_well(examined),
        "checks": [
            {
                "check": one.check,
                "level": one.level,
                "findings": [asdict(found) | {"remedy": found.remedy or None} for found in one.findings],
            }
            for one in examined
        ],
    }


def is_well(examined: Sequence[Examined]) -> bool:
    """Whether nothing failed; warnings do not count."""
    return all(one.level != "failure" for one in examined)


def show(examined: Sequence[Examined], console: Console) -> None:
    """Print an examination for people.

    Args:
        examined: what the checks found.
        console: where to print it.
    """
    if console.is_terminal:
        console.print(_table(examined))
    else:
        for one in examined:
            for found in one.findings:
                console.print(_line(one.check, found), markup=False)
    console.print()
    console.print(_sum(examined), style="none" if is_well(examined) else "bold red", markup=False)


def _line(check: str, found: Finding) -> str:
    """A finding on one line, where scripts and eyes find it whole."""
    remedy = f" What to do: {found.remedy}" if found.remedy else ""
    return f"{_WORDS[found.level]:<7}  {check:<11}  {found.fact}{remedy} (looked at: {found.looked_at})"


def _table(examined: Sequence[Examined]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True, width=7)
    table.add_column("Check", no_wrap=True, width=11)
    table.add_column("Finding", overflow="fold")
    for one in examined:
        for number, found in enumerate(one.findings):
            text = Text(found.fact)
            if found.remedy:
                text.append(f"\n→ {found.remedy}", style="bold")
            text.append(f"\nlooked at {found.looked_at}", style="dim")
            name = one.check if number == 0 else ""
            table.add_row(Text(_WORDS[found.level], style=_STYLES[found.level]), name, text)
    return table


def _sum(examined: Sequence[Examined]) -> str:
    counts = {level: sum(one.level == level for one in examined) for level in LEVELS}
    if counts["failure"]:
        return f"{counts['failure']} of {len(examined)} checks failed, {counts['warning']} with warnings."
    if counts["warning"]:
        return f"Nothing failed; {counts['warning']} of {len(examined)} checks have warnings."
    return f"All {len(examined)} checks are well."
