"""What a person sees of a fleet: who is at what, a line for each at its end, and the sum."""

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.box import SIMPLE_HEAD
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from operations.console import err, out
from operations.engine.events import Step
from operations.engine.project import StackId
from operations.engine.report import tally
from operations.stacks.side_by_side import Code, Ended

_COLOURS = {Code.WELL: "green", Code.FAILED: "red", Code.REFUSED: "red"}


class FleetDisplay:
    """Tells how a fleet gets on: in a terminal a live table of those under way, everywhere a line for each at its end.

    Args:
        count: how many stacks there are.
    """

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._left = count
        self._under_way: dict[StackId, tuple[float, str]] = {}
        self._live = Live(self, console=err, transient=True) if err.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def at(self, stack: StackId, what: str) -> None:
        """A stack has its turn, and is at something."""
        with self._lock:
            begun, _ = self._under_way.get(stack, (time.monotonic(), ""))
            self._under_way[stack] = (begun, what)

    def ended(self, ended: Ended) -> None:
        """A stack's turn is over, or will not come."""
        with self._lock:
            self._under_way.pop(ended.stack, None)
            self._left -= 1
        err.print(_line(ended))

    def stopping(self) -> None:
        """A person stopped it: those under way end, and nobody else begins."""
        err.print("Stopping; what has begun is finished and saved, nothing else begins ...")

    def __rich__(self) -> Table:
        """The table as it is at this moment."""
        with self._lock:
            rows = list(self._under_way.items())
            waiting = self._left - len(rows)
        table = Table(box=SIMPLE_HEAD, caption=f"{waiting} waiting", caption_justify="left")
        table.add_column("Stack")
        table.add_column("At", overflow="ellipsis", no_wrap=True)
        table.add_column("Seconds", justify="right")
        for stack, (begun, what) in rows:
            table.add_row(escape(stack.label), escape(what), f"{time.monotonic() - begun:.0f}")
        return table


def sum_up(verb: str, ends: Sequence[Ended], seconds: float) -> int:
    """Print the sum of a fleet, with the whole message of each that failed.

    Args:
        verb: what was done, as its make target is called.
        ends: how it went with each.
        seconds: how long all of it took.

    Returns:
        The worst exit code: 0, 1 for a failure, 2 for a refusal.
    """
    for ended in ends:
        if ended.message:
            err.print(f"{ended.stack.label}: {ended.message}", style="red", markup=False)
    counts = {
        "changed": sum(ended.is_well and changes(ended.steps) for ended in ends),
        "unchanged": sum(ended.is_well and not changes(ended.steps) for ended in ends),
        "refused": sum(ended.code is Code.REFUSED for ended in ends),
        "failed": sum(ended.code is Code.FAILED for ended in ends),
        "skipped": sum(ended.skipped_for is not None for ended in ends),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    out.print(f"{verb}: {told} in {seconds:.1f} s.")
    return int(max((ended.code for ended in ends), default=Code.WELL))


def changes(steps: Sequence[Step]) -> bool:
    """Whether steps change anything, be it only what the stack exports."""
    return any(step.is_change or step.changed == ("outputs",) for step in steps)


def _line(ended: Ended) -> str:
    label = escape(ended.stack.label)
    if ended.skipped_for:
        return f"[yellow]{label}: skipped, since it needs {escape(ended.skipped_for.label)}.[/yellow]"
    took = f"{ended.seconds:.1f} s"
    if ended.code is Code.WELL:
        return f"{label}: {tally(ended.steps)} ({took})."
    how = "refused" if ended.code is Code.REFUSED else "failed"
    return f"[{_COLOURS[ended.code]}]{label}: {how} ({took}).[/{_COLOURS[ended.code]}]"
