"""What a person sees of a run: a line a change, what is being waited for, and a sum at the end."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Self

from rich.markup import escape

from operations.console import err
from operations.engine.events import Diagnostic, Event, Step

_SIGNS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "delete": ("-", "red"),
    "replace": ("±", "red"),
    "create-replacement": ("+", "red"),
    "delete-replaced": ("-", "red"),
    "import": ("<", "green"),
}
_PAST = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
_HIDDEN = ("::pulumi:pulumi:Stack", "::pulumi:pulumi:StackReference")
"""Types that are the engine's own business; a changed provider is shown."""

_NOISE = ("from $PATH", "Skipping await logic")
_HEARTBEAT_SECONDS = 10.0

WATCH: ContextVar[Callable[[str], None] | None] = ContextVar("WATCH", default=None)
"""Is told what a run is doing, in place of the console, where several stacks run in parallel."""


def describe(step: Step) -> str:
    """One line about a step, with markup."""
    sign, colour = _SIGNS.get(step.operation, ("·", "default"))
    place = f" in {step.namespace}" if step.namespace else ""
    changed = f"  [dim]{escape(', '.join(step.changed[:3]))}[/dim]" if step.operation == "update" else ""
    return f"  [{colour}]{sign}[/{colour}] {step.words} {escape(step.title)}{escape(place)}{changed}"


def is_shown(step: Step) -> bool:
    """Whether a step is worth a line."""
    return step.is_change and not any(hidden in step.urn for hidden in _HIDDEN)


def tally(steps: Sequence[Step]) -> str:
    """A run's sum: `3 created, 1 updated, 8 unchanged`."""
    counts: Counter[str] = Counter()
    for step in steps:
        if "::pulumi:" not in step.urn:
            counts["kept" if step.is_kept else step.operation if step.is_change else "unchanged"] += 1
    parts = [f"{count} {_PAST.get(name, name)}" for name, count in sorted(counts.items())]
    return ", ".join(parts) or "nothing"


class Progress:
    """Tells a run as it goes: each change when it is done, and every wait that lasts.

    A run that is watched prints its warnings alone. The title is such as `day/dev: update`.
    """

    def __init__(self, title: str, *, show_steps: bool) -> None:
        self._watch = WATCH.get()
        self._title, self._show_steps = title, show_steps and self._watch is None
        self._start = self._spoke = time.monotonic()
        self._status = err.status(escape(title)) if err.is_terminal and self._watch is None else None

    def __enter__(self) -> Self:
        if self._watch:
            self._watch(self._title.rpartition(": ")[2])
        elif self._status:
            self._status.start()
        else:
            err.print(f"{escape(self._title)} ...")
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def __call__(self, event: Event) -> None:
        """Take an event of the engine."""
        match event:
            case Step(done=True) as step if self._show_steps and is_shown(step):
                if self._title.endswith(": refresh") and step.operation == "delete":
                    self._say(f"  [red]-[/red] {escape(step.title)} no longer exists")
                else:
                    self._say(describe(step))
            case Step(done=False) as step if is_shown(step):
                self._wait(f"{step.operation} {step.title}")
            case Diagnostic(text=text) if not text or any(noise in text for noise in _NOISE):
                pass
            case Diagnostic(severity="warning", text=text, status=False):
                self._say(f"  [yellow]![/yellow] {escape(text)}")
            case Diagnostic(text=text, status=True):
                self._wait(text.splitlines()[0])
            case _:
                pass

    def tell(self, reason: str) -> None:
        """Tell why a step lasts."""
        self._say(f"  [yellow]…[/yellow] {escape(reason)}")

    def _say(self, line: str) -> None:
        err.print(f"{escape(self._title)}: {line.lstrip()}" if self._watch else line)
        self._spoke = time.monotonic()

    def _wait(self, text: str) -> None:
        seconds = time.monotonic() - self._start
        if self._watch:
            self._watch(text)
        elif self._status:
            self._status.update(f"{escape(self._title)} ({seconds:.0f} s): {escape(text)}")
        elif time.monotonic() - self._spoke > _HEARTBEAT_SECONDS:
            self._say(f"  … {escape(text)} ({seconds:.0f} s)")
