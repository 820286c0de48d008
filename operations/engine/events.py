"""What the engine says of a run, its events and its errors, and what a person sees of that.

A person sees a line a change, what is being waited for, and a sum at the end; of an error that is known by its text,
what can be done about it.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Self

import yaml
from rich.markup import escape

from operations.console import err
from shared.errors import REFUSED, Failure, PlatformError, Refusal

_UNCHANGED = frozenset({"same", "read", "refresh", "read-discard"})

PROTECTING = ("protect", "retainOnDelete")
"""Options of a resource that its stack's state alone knows, and that say whether it may be lost."""

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

_ENDINGS = re.compile(
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


@dataclass(frozen=True)
class Step:
    """What the engine does, or would do, with one resource.

    Args:
        operation: such as `create`, `update`, `delete`, `replace`, `same`; `update` too where an option changes.
        kind: the last part of its type, such as `Deployment`.
        name: its name on the cluster, or its logical name.
        retained: whether a `delete` only drops it from the state and leaves the object alone.
        changed: the properties and options that change, such as `spec.template` and `protect`.
        left: the namespace that it was in until now, where that is another one; empty where it stays.
        ended: whether it is a Job that ran to its end.
        done: whether the engine has ended it, in a preview too; otherwise it has only begun.
    """

    operation: str
    urn: str
    kind: str
    name: str
    namespace: str = ""
    retained: bool = False
    changed: tuple[str, ...] = ()
    left: str = ""
    ended: bool = False
    done: bool = False

    @property
    def title(self) -> str:
        """The resource as people name it: `Deployment/day-service`."""
        return f"{self.kind}/{self.name}"

    @property
    def words(self) -> str:
        """What is done with it; a stack that releases an object leaves it on the cluster."""
        return "keep, and no longer own" if self.is_kept else self.operation

    @property
    def is_kept(self) -> bool:
        """Whether the stack releases the object, which stays."""
        return self.retained and self.operation == "delete"

    @property
    def is_change(self) -> bool:
        """Whether the step changes anything, be it only what the stack exports."""
        return self.operation not in _UNCHANGED or self.changed == ("outputs",)


@dataclass(frozen=True)
class Diagnostic:
    """A message of the engine, the provider or the program; as `status` it only says what is being waited for.

    The severity is `error`, `warning`, `info` or `info#err`.
    """

    severity: str
    text: str
    status: bool = False


Event = Step | Diagnostic


def events_of(lines: Iterable[str], other: Callable[[str], object]) -> Iterator[Event]:
    """Read an event stream, a JSON object a line; `other` is given each line that is not an event."""
    for line in lines:
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            event = None
        match event:
            case {"resourcePreEvent": {"metadata": metadata}}:
                yield step_of(metadata)
            case {"resOutputsEvent": {"metadata": metadata}}:
                yield step_of(metadata, done=True)
            case {"diagnosticEvent": told}:
                yield Diagnostic(
                    severity=str(told.get("severity", "")),
                    text=str(told.get("message", "")).strip(),
                    status=bool(told.get("ephemeral")),
                )
            case {"errorEvent": told}:
                yield Diagnostic("error", str(told.get("error", "")))
            case dict():
                pass
            case _:
                other(line)


def step_of(metadata: Mapping[str, Any], *, done: bool = False) -> Step:
    """Read a step from an event's metadata."""
    urn, kind = str(metadata["urn"]), str(metadata["type"])
    old: Mapping[str, Any] = metadata.get("old") or {}
    new: Mapping[str, Any] = metadata.get("new") or {}
    now, before = _object_metadata(new or old), _object_metadata(old)
    namespace, left = str(now.get("namespace") or ""), str(before.get("namespace") or "")
    options = [name for name in PROTECTING if old and new and bool(old.get(name)) != bool(new.get(name))]
    changed = [*(metadata.get("detailedDiff") or metadata.get("diffs") or ()), *options]
    if kind == "pulumi:pulumi:Stack" and old.get("outputs") != new.get("outputs"):
        changed = ["outputs"]
    return Step(
        # The engine calls it `same` where the object stays and only an option changes.
        operation="update" if metadata["op"] == "same" and options else str(metadata["op"]),
        urn=urn,
        kind=kind.rsplit(":", 1)[-1],
        name=str(now.get("name") or urn.rsplit("::", 1)[-1]),
        namespace=namespace,
        left=left if left != namespace else "",
        retained=bool(old.get("retainOnDelete")),
        changed=tuple(changed),
        ended=kind.endswith(":Job") and _has_ended(old),
        done=done,
    )


def _has_ended(job: Mapping[str, Any]) -> bool:
    """By its conditions; of one that failed, the engine keeps the error in place of them."""
    conditions = ((job.get("outputs") or {}).get("status") or {}).get("conditions") or ()
    return bool(job.get("initErrors")) or any(
        one.get("type") in ("Complete", "Failed") and one.get("status") == "True" for one in conditions
    )


def _object_metadata(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return (state.get("inputs") or {}).get("metadata") or {}


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


class EngineFailure(Failure):
    """The engine failed while it worked; what it had done by then is in the state."""

    def __init__(self, what: str, errors: Sequence[str]) -> None:
        super().__init__("\n".join([f"{what} failed.", *(f"  {line}" for line in errors)]), "")


def raise_for(what: str, errors: Sequence[str], *, changed: bool = False) -> NoReturn:
    """Raise what the errors of a failed run, such as `day/dev: update`, amount to.

    Where the program, an admission policy or the engine refuses, and it is known what to do, that is a Refusal, and a
    Failure if the run had changed something by then. Anything else is an EngineFailure.
    """
    told = [error for error in errors if error and not _ENDINGS.search(error)]
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
