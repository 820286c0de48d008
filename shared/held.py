"""What this stack's own state holds, as of its last update."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from shared.labels import OWNER, PREVIOUS_OWNER
from shared.stack_name import StackName

_READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
"""A function of the engine itself: every resource of a stack's last checkpoint with its outputs."""

_TORN = "failed to load checkpoint"
_TRIES = 10
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Applied:
    """What an object was last applied with.

    Args:
        labels: its labels, as the program gave them.
        annotations: its annotations, as the program gave them.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HeldObject:
    """One Kubernetes object in the stack's state.

    Args:
        urn: the resource's URN.
        type: its type token, such as `kubernetes:apps/v1:Deployment`.
        name: the object's name on the cluster.
        namespace: the object's namespace; empty for an object of the cluster.
        uid: its UID; empty where the state has none.
        owner: the value of its owner label; empty where it has none.
        previous_owner: the value of its previous-owner annotation; empty where it has none.
        field_manager: the name under which it was applied; empty where the state has none.
        applied: what it was last applied with.
    """

    urn: str
    type: str
    name: str
    namespace: str = ""
    uid: str = ""
    owner: str = ""
    previous_owner: str = ""
    field_manager: str = ""
    applied: Applied = Applied()

    @property
    def kind(self) -> str:
        """Group and kind without the version, which may change while the object stays."""
        _, group_version, kind = self.type.split(":")
        group = group_version.split("/")[0]
        return f"{group}:{kind}"

    def is_called(self, parent_type: str, logical_name: str) -> bool:
        """Whether its URN already has that parent (such as `platform:service:WebService$`) and logical name."""
        _, _, qualified_type, name = self.urn.split("::", 3)
        return name == logical_name and qualified_type == f"{parent_type}{self.type}"


@dataclass(frozen=True)
class HeldState:
    """The stack's own state.

    Args:
        objects: its Kubernetes objects.
        outputs: what it exported last.
    """

    objects: tuple[HeldObject, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def namespace(self, name: str) -> HeldObject | None:
        """The Namespace of that name, if the state holds it."""
        return self.find("core:Namespace", name)

    def find(self, kind: str, name: str, namespace: str = "") -> HeldObject | None:
        """The object of that kind and name, under whatever URN the state holds it."""
        wanted = (kind, name, namespace)
        return next((held for held in self.objects if (held.kind, held.name, held.namespace) == wanted), None)


def held_by(stack: StackName) -> HeldState:
    """Read a stack's own state, before the program declares anything.

    The engine reads it from the stack's checkpoint, so that this works with every backend, offline and at preview.

    Args:
        stack: the stack that is running.

    Returns:
        What the state holds; nothing on a stack's first run and under SDK mocks.
    """
    resources = _read_state(stack).get("outputs") or {}
    root: Mapping[str, Any] = next(
        (res for res in resources.values() if res.get("type") == "pulumi:pulumi:Stack"), {}
    )
    return HeldState(
        tuple(
            _object(urn, resource)
            for urn, resource in resources.items()
            if str(resource.get("type", "")).startswith("kubernetes:") and _metadata(resource)
        ),
        root.get("outputs") or {},
    )


def _read_state(stack: StackName) -> Mapping[str, Any]:
    for _ in range(_TRIES - 1):
        try:
            return pulumi.runtime.invoke(_READ_STATE, {"stackName": stack.reference}).value or {}
        except Exception as error:
            # The engine is writing that very file as its update begins.
            if _TORN not in str(error):
                raise
            time.sleep(_PAUSE_SECONDS)
    return pulumi.runtime.invoke(_READ_STATE, {"stackName": stack.reference}).value or {}


def _metadata(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return (resource.get("outputs") or {}).get("metadata") or {}


def _object(urn: str, resource: Mapping[str, Any]) -> HeldObject:
    metadata = _metadata(resource)
    given = (resource["outputs"].get("__inputs") or {}).get("metadata") or {}
    return HeldObject(
        urn=urn,
        type=resource["type"],
        name=metadata.get("name") or "",
        namespace=metadata.get("namespace") or "",
        uid=metadata.get("uid") or "",
        owner=(metadata.get("labels") or {}).get(OWNER) or "",
        previous_owner=(metadata.get("annotations") or {}).get(PREVIOUS_OWNER) or "",
        field_manager=resource["outputs"].get("__fieldManager") or "",
        applied=Applied(given.get("labels") or {}, given.get("annotations") or {}),
    )
