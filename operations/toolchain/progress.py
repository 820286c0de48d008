"""Progress: a line a tool, live in a terminal, else at its start, at its end and each half minute."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table

_HEARTBEAT_SECONDS = 30
_MINUTE, _HOUR = 60, 3600


@dataclass
class _Line:
    expected: str
    started: float = field(default_factory=time.monotonic)
    spoken: float = field(default_factory=time.monotonic)
    result: str = ""

    @property
    def text(self) -> str:
        return self.result or f"{ago(time.monotonic() - self.started)}, {self.expected}"


def ago(seconds: float) -> str:
    """A span of time as a person says it: `42 s`, `2 min 42 s`, `1 h 2 min`.

    Args:
        seconds: the span.
    """
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


class Progress:
    """What is being done, how long it has taken and how long it took before.

    Args:
        console: where it is shown.
        interval: seconds between two lines about one thing where there is no terminal.
    """

    def __init__(self, console: Console, interval: float = _HEARTBEAT_SECONDS) -> None:
        self._console = console
        self._interval = interval
        self._lines: dict[str, _Line] = {}
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it while the body runs. What was under way when the body fails is said to be stopped."""
        try:
            if self._console.is_terminal:
                with Live(get_renderable=self._table, console=self._console, refresh_per_second=4) as live:
                    self._live = live
                    yield
            else:
                yield
        except BaseException:
            for name, line in self._lines.items():
                if not line.result:
                    self._console.print(f"{name}: stopped after {ago(time.monotonic() - line.started)}")
            raise
        finally:
            self._live = None

    def start(self, name: str, expected: str) -> None:
        """Something begins.

        Args:
            name: what it is.
            expected: how long it should take, as a phrase.
        """
        self._lines[name] = _Line(expected)
        if self._live is None:
            self._console.print(f"{name}: begun, {expected}")

    def end(self, name: str, result: str) -> None:
        """Something is done.

        Args:
            name: what it is.
            result: what came of it, as a phrase.
        """
        self._lines.setdefault(name, _Line("")).result = result
        if self._live is None:
            self._console.print(f"{name}: {result}")

    def tick(self) -> None:
        """Time passes. Called several times a second."""
        if self._live is not None:
            return
        now = time.monotonic()
        for name, line in self._lines.items():
            if not line.result and now - line.spoken >= self._interval:
                line.spoken = now
                self._console.print(f"{name}: at work for {line.text}")

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, line in self._lines.items():
            table.add_row(name, line.text, style="dim" if line.result else None)
        return table
