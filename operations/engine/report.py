"""What a person sees of a run: a line a change, what is being waited for, and a sum at the end."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from rich.markup import escape

from operations.console import err
from operations.engine.events import UNCHANGED, Diagnostic, Step
from operations.engine.process import Done, Event, Planned

_SIGNS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "delete": ("-", "red"),
    "replace": ("±", "red"),
    "create-replacement": ("+", "red"),
    "delete-replaced": ("-", "red"),
    "import": ("<", "green"),
}
_HIDDEN = ("pulumi:pulumi:Stack", "pulumi:providers:", "pulumi:pulumi:StackReference")
"""Types that are the engine's own business; a changed provider is shown all the same."""

_NOISE = ("from $PATH", "Skipping await logic")
_HEARTBEAT_SECONDS = 10.0

WATCH: ContextVar[Callable[[str], None] | None] = ContextVar("WATCH", default=None)
"""Is told what a run is at, in place of the console, where several runs go side by side."""


def describe(step: Step) -> str:
    """One line about a step, with markup."""
    sign, colour = _SIGNS.get(step.operation, ("·", "default"))
    verb = "keep, and no longer own" if step.operation == "delete" and step.retained else step.operation
    place = f" in {step.namespace}" if step.namespace else ""
    changed = f"  [dim]{escape(', '.join(step.changed[:3]))}[/dim]" if step.operation == "update" else ""
    return f"  [{colour}]{sign}[/{colour}] {verb} {escape(step.title)}{escape(place)}{changed}"


def is_shown(step: Step) -> bool:
    """Whether a step is worth a line."""
    return step.is_change and not any(f"::{hidden}" in step.urn for hidden in _HIDDEN[::2])


def tally(steps: Sequence[Step]) -> str:
    """A run's sum: `3 created, 1 updated, 8 unchanged`."""
    shown = [step for step in steps if "::pulumi:" not in step.urn]
    counts = Counter(map(_outcome, shown))
    past = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
    return ", ".join(f"{count} {past.get(name, name)}" for name, count in sorted(counts.items())) or "nothing"


def _outcome(step: Step) -> str:
    if step.operation in UNCHANGED:
        return "unchanged"
    return "kept" if step.operation == "delete" and step.retained else step.operation


class Progress:
    """Tells a run as it goes: each change when it is done, and every wait that lasts.

    A run that is watched prints its warnings alone.

    Args:
        title: what runs, such as `day/dev: update`.
        show_steps: whether to print a line for each change.
    """

    def __init__(self, title: str, *, show_steps: bool) -> None:
        self._watch = WATCH.get()
        self._title, self._show_steps = title, show_steps and self._watch is None
        self._start = self._spoke = time.monotonic()
        self._waiting = ""
        self._status = err.status(escape(title)) if err.is_terminal and self._watch is None else None

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.monotonic() - self._start

    def __enter__(self) -> Self:
        if self._watch:
            self._watch(self._title.rpartition(": ")[2])
        elif self._status:
            self._status.start()
        else:
            err.print(f"{escape(self._title)} ...")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def __call__(self, event: Event) -> None:
        """Take an event of the engine."""
        match event:
            case Done(step) if self._show_steps and is_shown(step):
                self._say(describe(step))
            case Planned(step) if is_shown(step):
                self._wait(f"{step.operation} {step.title}")
            case Diagnostic(severity="warning", text=text, status=False) if not _is_noise(text):
                self._say(f"  [yellow]![/yellow] {escape(text)}")
            case Diagnostic(text=text, status=True) if text and not _is_noise(text):
                self._wait(text.splitlines()[0])
            case _:
                pass

    def _say(self, line: str) -> None:
        err.print(f"{escape(self._title)}: {line.lstrip()}" if self._watch else line)
        self._spoke = time.monotonic()

    def _wait(self, text: str) -> None:
        self._waiting = text
        if self._watch:
            self._watch(text)
        elif self._status:
            self._status.update(f"{escape(self._title)} ({self.seconds:.0f} s): {escape(text)}")
        elif time.monotonic() - self._spoke > _HEARTBEAT_SECONDS:
            self._say(f"  … {escape(text)} ({self.seconds:.0f} s)")


def _is_noise(text: str) -> bool:
    return any(noise in text for noise in _NOISE)
