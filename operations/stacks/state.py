"""A stack's state as the engine exports it, read for what operations need to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.engine.backend_folder import read_state_file, state_file
from operations.engine.stack import EngineStack
from shared.labels import PREVIOUS_OWNER

_ISOLATION_TYPE = "platform:isolation:Isolation"
_NAMESPACE_TYPE = "kubernetes:core/v1:Namespace"


@dataclass(frozen=True)
class StateNamespace:
    """A Namespace in a stack's state.

    Args:
        name: its name on the cluster.
        urn: its URN.
        retained: whether dropping it leaves the live namespace alone.
        protected: whether the engine refuses to let go of it.
        previous_owner: whom the stack took it over from, as `<project>.<stack>`; empty for nobody.
    """

    name: str
    urn: str
    retained: bool
    protected: bool = False
    previous_owner: str = ""


def read_state(engine: EngineStack) -> Mapping[str, Any]:
    """A stack's state, without a run of the engine where its backend is a folder.

    Args:
        engine: the stack with the engine at hand, which is asked where the backend is another one.

    Returns:
        The state as the engine exports it, secrets encrypted; empty where the stack was never deployed.
    """
    folder = engine.backend_folder
    if folder is None:
        return engine.state()
    file = state_file(folder, engine.stack.project.name, engine.stack.environment)
    try:
        return read_state_file(file) if file else {}
    except (ValueError, OSError):
        # It is being written, or was cut off; the engine's own export waits or puts it right.
        return engine.state()


def resources(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The resources of a state; none where the stack was never deployed."""
    found: list[Mapping[str, Any]] = (state.get("deployment") or {}).get("resources") or []
    return found


def namespaces(state: Mapping[str, Any]) -> list[StateNamespace]:
    """The Namespaces that a state holds."""
    return [
        StateNamespace(
            str(resource["inputs"]["metadata"]["name"]),
            resource["urn"],
            bool(resource.get("retainOnDelete")),
            bool(resource.get("protect")),
            _previous_owner(resource),
        )
        for resource in resources(state)
        if resource["type"] == _NAMESPACE_TYPE and not resource.get("external")
    ]


def _previous_owner(namespace: Mapping[str, Any]) -> str:
    metadata = (namespace.get("outputs") or {}).get("metadata") or {}
    return str((metadata.get("annotations") or {}).get(PREVIOUS_OWNER) or "")


def salt_of(state: Mapping[str, Any]) -> str:
    """The salt of the passphrase that a state's secrets are encrypted by; empty where something else encrypts them."""
    provider = (state.get("deployment") or {}).get("secrets_providers") or {}
    return str((provider.get("state") or {}).get("salt") or "")


def governance(state: Mapping[str, Any]) -> list[str]:
    """The URNs of what a state holds of a namespace's isolation; it outlives its application, as the namespace does."""
    return [resource["urn"] for resource in resources(state) if _ISOLATION_TYPE in resource["urn"]]


def outputs(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the stack exports; secrets are left encrypted."""
    root = next((item for item in resources(state) if item["type"] == "pulumi:pulumi:Stack"), {})
    found: Mapping[str, Any] = root.get("outputs") or {}
    return found
