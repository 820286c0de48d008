"""What the engine says of a run: its event stream, as far as operations need it, and how the run ended."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_UNCHANGED = frozenset({"same", "read", "refresh", "read-discard"})

PROTECTING = ("protect", "retainOnDelete")
"""Options of a resource that its stack's state alone knows, and that say whether it may be lost."""


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
        done: whether the engine has taken it; it is about to, or would, where not.
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
