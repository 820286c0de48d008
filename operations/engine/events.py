"""The engine's events, as far as operations need them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNCHANGED = frozenset({"same", "read", "refresh", "read-discard"})
"""Operations that change nothing."""

_KEPT_BY = ("protect", "retainOnDelete")
"""Options of a resource that its stack's state alone knows, and that say whether it may be lost."""


@dataclass(frozen=True)
class Step:
    """What the engine does, or would do, with one resource.

    Args:
        operation: such as `create`, `update`, `delete`, `replace`, `same`; `update` too where an option changes.
        urn: the resource's URN.
        kind: its type's last part, such as `Deployment`.
        name: its name on the cluster, or its logical name.
        namespace: the namespace that it is in; empty for none.
        retained: whether a `delete` only drops it from the state and leaves the object alone.
        changed: the properties and options that change, such as `spec.template` and `protect`.
        left: the namespace that it is in so far, where that is another one; empty where it stays.
    """

    operation: str
    urn: str
    kind: str
    name: str
    namespace: str = ""
    retained: bool = False
    changed: tuple[str, ...] = ()
    left: str = ""

    @property
    def title(self) -> str:
        """The resource as people name it: `Deployment/day-service`."""
        return f"{self.kind}/{self.name}"

    @property
    def is_change(self) -> bool:
        """Whether the step changes anything."""
        return self.operation not in UNCHANGED


@dataclass(frozen=True)
class Diagnostic:
    """A message of the engine, the provider or the program.

    Args:
        severity: `error`, `warning`, `info` or `info#err`.
        text: the message.
        urn: the resource that it is about; empty for none.
        status: whether it is only the state of a wait.
    """

    severity: str
    text: str
    urn: str = ""
    status: bool = False


def step_of(metadata: Mapping[str, Any]) -> Step:
    """Read a step from an event's metadata."""
    urn = str(metadata["urn"])
    old = metadata.get("old") or {}
    new = metadata.get("new") or {}
    object_metadata, before = _metadata(new or old), _metadata(old)
    namespace, so_far = (str(each.get("namespace") or "") for each in (object_metadata, before))
    detailed = metadata.get("detailedDiff") or {}
    is_root = metadata["type"] == "pulumi:pulumi:Stack"
    exports_changed = is_root and old.get("outputs") != new.get("outputs")
    options = _changed_options(old, new)
    # The engine calls it the same where the object stays and only how the stack keeps it changes.
    operation = "update" if metadata["op"] == "same" and options else str(metadata["op"])
    return Step(
        operation=operation,
        urn=urn,
        kind=str(metadata["type"]).rsplit(":", 1)[-1],
        name=str(object_metadata.get("name") or urn.rsplit("::", 1)[-1]),
        namespace=namespace,
        left=so_far if so_far != namespace else "",
        retained=bool(old.get("retainOnDelete")),
        changed=("outputs",)
        if exports_changed
        else (tuple(detailed) or tuple(metadata.get("diffs") or ())) + options,
    )


def _changed_options(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    if not (old and new):
        return ()
    return tuple(name for name in _KEPT_BY if bool(old.get(name)) != bool(new.get(name)))


def _metadata(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return (state.get("inputs") or {}).get("metadata") or {}


def diagnostic_of(event: Mapping[str, Any]) -> Diagnostic:
    """Read a message from a diagnostic event."""
    return Diagnostic(
        severity=str(event.get("severity", "")),
        text=str(event.get("message", "")).strip(),
        urn=str(event.get("urn", "")),
        status=bool(event.get("ephemeral")),
    )
