"""What the states hold: read from the backend's own files where it is a folder, through the engine elsewhere.

Fifty states in three seconds leave no time for one run of the engine each (0.3 s), hence the files.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.engine.backend_folder import backend_folder, read_state_file, state_files
from operations.engine.environment import engine_environment
from operations.engine.project import StackId
from operations.engine.stack import EngineStack
from operations.stacks.state import outputs, resources
from operations.status.facts import HeldFacts
from operations.toolchain import Toolchain
from shared.labels import OWNER, PREVIOUS_OWNER

_NAMESPACE = "kubernetes:core/v1:Namespace"
_PROVIDER = "pulumi:providers:kubernetes"
_AT_ONCE = 4
"""Runs of the engine that only wait for a backend over the network."""


@dataclass(frozen=True)
class StateFacts:
    """What one stack's state says.

    Args:
        project: the stack's project.
        environment: its name.
        identifier: the identifier of the cluster that it was deployed to; empty where the state does not say.
        holds: its Namespaces.
        outputs: what it exports, secrets encrypted.
    """

    project: str
    environment: str
    identifier: str
    holds: tuple[HeldFacts, ...]
    outputs: Mapping[str, Any]

    @property
    def owner(self) -> str:
        """The name under which the stack owns objects."""
        return f"{self.project}.{self.environment}"


def read_states(stacks: Sequence[StackId], toolchain: Toolchain) -> dict[str, StateFacts]:
    """Read the states of stacks; where the backend is a folder, those of all others in it too.

    Args:
        stacks: the stacks of the checkout.
        toolchain: where the engine is.

    Returns:
        The states that hold something, by their stacks' owner names.

    Raises:
        EngineFailure: the backend cannot be read.
    """
    folder = backend_folder(engine_environment(toolchain)["PULUMI_BACKEND_URL"])
    if folder is None or not folder.is_dir():
        states = _through_engine(stacks, toolchain)
    else:
        states = _from_files(folder, {stack.owner: stack for stack in stacks}, toolchain)
    return {state.owner: state for state in states}


def read_state(project: str, environment: str, state: Mapping[str, Any]) -> StateFacts:
    """Take from a state, as the engine exports it, what the status needs."""
    held = [item for item in resources(state) if item["type"] == _NAMESPACE and _is_own(item)]
    exported = outputs(state)
    provider = next((item for item in resources(state) if item["type"] == _PROVIDER), {})
    identifier = (provider.get("inputs") or {}).get("clusterIdentifier")
    return StateFacts(
        project,
        environment,
        str(identifier or exported.get("cluster_identifier") or ""),
        tuple(_held(item) for item in held),
        exported,
    )


def _from_files(folder: Path, known: Mapping[str, StackId], toolchain: Toolchain) -> Iterator[StateFacts]:
    for (project, environment), file in state_files(folder).items():
        try:
            state = read_state_file(file)
        except (OSError, ValueError):
            # Being written just now, or in a form of another version: the engine knows how to wait and read.
            stack = known.get(f"{project}.{environment}")
            state = EngineStack(stack, toolchain).state() if stack else {}
        if resources(state):
            yield read_state(project, environment, state)


def _through_engine(stacks: Sequence[StackId], toolchain: Toolchain) -> Iterator[StateFacts]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        states = list(pool.map(lambda stack: EngineStack(stack, toolchain).state(), stacks))
    for stack, state in zip(stacks, states, strict=True):
        if resources(state):
            yield read_state(stack.project.name, stack.environment, state)


def _is_own(resource: Mapping[str, Any]) -> bool:
    """Neither read only nor on its way out of the state."""
    return not resource.get("external") and not resource.get("delete")


def _held(resource: Mapping[str, Any]) -> HeldFacts:
    inputs = resource["inputs"].get("metadata") or {}
    metadata = (resource.get("outputs") or {}).get("metadata") or {}
    return HeldFacts(
        name=str(metadata.get("name") or inputs.get("name") or resource.get("id") or ""),
        uid=str(metadata.get("uid") or ""),
        owner=str((metadata.get("labels") or {}).get(OWNER) or ""),
        previous_owner=str((metadata.get("annotations") or {}).get(PREVIOUS_OWNER) or ""),
    )
