"""A stack's state as of its last update: its objects, what it exports, its cluster.

A program reads its own from the engine, the command line from the engine's export; both get the same types.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.labels import OWNER, PREVIOUS_OWNER
from shared.stacks import Stack

_READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
"""The engine's own function: every resource of a stack's last checkpoint with its outputs."""

_TORN = "failed to load checkpoint"
_TRIES = 10
_PAUSE_SECONDS = 0.05

_STACK = "pulumi:pulumi:Stack"
_PROVIDER = "pulumi:providers:kubernetes"
ISOLATION = "platform:isolation:Isolation"


@dataclass(frozen=True)
class StateObject:
    """One Kubernetes object in a stack's state.

    Args:
        type: its type token, such as `kubernetes:apps/v1:Deployment`.
        name: the object's name on the cluster.
        namespace: its namespace; empty for an object of the cluster.
        uid: its UID; empty where the state has none, as below.
        owner: the value of its owner label.
        previous_owner: the value of its previous-owner annotation.
        data: a Secret's values, in base64; encrypted where the command line reads the state.
        declared: what the program last applied, secrets as the engine writes them.
        protected: whether the engine refuses to delete or release it; False where a program reads the state.
        retained: its `retainOnDelete`; None where a program reads the state.
    """

    urn: str
    type: str
    name: str
    namespace: str = ""
    uid: str = ""
    owner: str = ""
    previous_owner: str = ""
    field_manager: str = ""
    declared: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    protected: bool = False
    retained: bool | None = None

    @property
    def kind(self) -> str:
        """Group and kind, without the version, which may change."""
        return kind_of(self.type)

    @property
    def annotations(self) -> Mapping[str, str]:
        """The annotations that the program last applied to it."""
        return (self.declared.get("metadata") or {}).get("annotations") or {}

    @property
    def title(self) -> str:
        """The object as people name it: `Deployment/day-service`."""
        return f"{self.type.rsplit(':', 1)[-1]}/{self.name}"

    def is_retained_by(self, stack: Stack) -> bool:
        """Whether the stack can stop declaring it without deleting it.

        Where that is unknown, the owner label tells: a Namespace is declared with both it and `retainOnDelete`; one
        without the label is the original program's.
        """
        return self.owner == stack.owner if self.retained is None else self.retained


def kind_of(token: str) -> str:
    """Group and kind of a type token such as `kubernetes:apps/v1:Deployment`."""
    _, group_version, kind = token.split(":")
    return f"{group_version.split('/')[0]}:{kind}"


@dataclass(frozen=True)
class State:
    """A stack's state.

    Args:
        objects: its Kubernetes objects.
        outputs: what it exported last; secrets stay encrypted where the command line reads it.
        cluster: the identifier of its cluster; empty for none.
        urns: all its resources.
        protected: those of them that the engine refuses to delete. A program cannot see that: none there.
    """

    objects: tuple[StateObject, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    cluster: str = ""
    urns: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()

    @property
    def namespaces(self) -> tuple[StateObject, ...]:
        """The Namespaces that it has."""
        return tuple(item for item in self.objects if item.kind == "core:Namespace")

    @property
    def provisions_cluster(self) -> bool:
        """Whether the stack creates its cluster in AWS, or has begun to."""
        return any("::pulumi:providers:aws::" in urn for urn in self.urns)

    @property
    def isolation(self) -> tuple[str, ...]:
        """The URNs of the isolation of namespaces, which outlives an application as the namespace does."""
        return tuple(urn for urn in self.urns if ISOLATION in urn)

    def namespace(self, name: str) -> StateObject | None:
        """The Namespace of that name, if the state has it."""
        return self.find("core:Namespace", name)

    def find(self, kind: str, name: str, namespace: str = "") -> StateObject | None:
        """The object of that kind and name, whatever its URN."""
        wanted = (kind, name, namespace)
        return next((item for item in self.objects if (item.kind, item.name, item.namespace) == wanted), None)


def own_state(stack: Stack) -> State:
    """Read the running stack's own state, before its program declares anything; empty on its first run."""
    resources: Mapping[str, Mapping[str, Any]] = _read_state(stack).get("outputs") or {}
    return _state({**resource, "urn": urn} for urn, resource in resources.items())


def exported_state(export: Mapping[str, Any]) -> State:
    """A state as `pulumi stack export` prints it; empty where the stack was never deployed."""
    resources = (export.get("deployment") or {}).get("resources") or []
    return _state(item for item in resources if not item.get("delete"))


def _read_state(stack: Stack) -> Mapping[str, Any]:
    # The SDK takes 0.2 s of CPU, and commands that run no program do without.
    from pulumi.runtime.proto.resource_pb2 import ResourceInvokeRequest  # noqa: PLC0415
    from pulumi.runtime.rpc import deserialize_properties_unwrap_secrets  # noqa: PLC0415
    from pulumi.runtime.settings import get_monitor  # noqa: PLC0415

    # Outputs may refer to resources. `pulumi.runtime.invoke` looks each of them up, which this run has not declared
    # yet; this way the engine answers with their ids.
    request = ResourceInvokeRequest(tok=_READ_STATE, acceptResources=False)
    request.args.update({"stackName": stack.reference})
    monitor: Any = get_monitor()
    for attempt in range(_TRIES):
        try:
            answer = getattr(monitor.Invoke(request), "return")
            return dict(deserialize_properties_unwrap_secrets(answer)[0])
        except Exception as error:
            # The engine is writing the file as its update begins.
            if _TORN not in str(error) or attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE_SECONDS)
    raise AssertionError  # the last attempt returns or raises


def _state(resources: Iterable[Mapping[str, Any]]) -> State:
    found = list(resources)
    outputs: Mapping[str, Any] = {}
    given = ""
    for item in found:
        values = item.get("outputs") or {}
        if item["type"] == _STACK:
            outputs = values
        elif item["type"] == _PROVIDER:
            given = given or str((item.get("inputs") or values).get("clusterIdentifier") or "")
    return State(
        objects=tuple(one for item in found if (one := _object(item))),
        outputs=outputs,
        cluster=given or str(outputs.get("cluster_identifier") or ""),
        urns=tuple(str(item["urn"]) for item in found if item["type"] != _STACK),
        protected=tuple(str(item["urn"]) for item in found if item.get("protect")),
    )


def _object(resource: Mapping[str, Any]) -> StateObject | None:
    """A Kubernetes object that the stack manages; None for any other resource."""
    outputs, inputs = resource.get("outputs") or {}, resource.get("inputs") or {}
    metadata = outputs.get("metadata") or inputs.get("metadata")
    if not resource["type"].startswith("kubernetes:") or resource.get("external") or not metadata:
        return None
    return StateObject(
        urn=str(resource["urn"]),
        type=resource["type"],
        name=metadata.get("name") or "",
        namespace=metadata.get("namespace") or "",
        uid=metadata.get("uid") or "",
        owner=(metadata.get("labels") or {}).get(OWNER) or "",
        previous_owner=(metadata.get("annotations") or {}).get(PREVIOUS_OWNER) or "",
        field_manager=outputs.get("__fieldManager") or "",
        declared=inputs or outputs.get("__inputs") or {},
        data=(outputs.get("data") or {}) if resource["type"].endswith(":Secret") else {},
        protected=bool(resource.get("protect")),
        retained=bool(resource.get("retainOnDelete")) if "inputs" in resource else None,
    )
