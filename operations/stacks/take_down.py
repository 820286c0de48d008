"""Taking an application down: its workloads go, its namespace stays unless it is named."""

from collections.abc import Mapping
from typing import Any

from operations.console import err
from operations.engine.events import Step
from operations.engine.project import StackId
from operations.engine.report import tally
from operations.engine.stack import EngineStack
from operations.stacks.connection import stack_kubeconfig
from operations.stacks.contents import contents
from operations.stacks.delete_namespace import delete_namespace, refuse_deletion
from operations.stacks.state import governance, namespaces, read_state, resources
from operations.toolchain import Toolchain
from shared.cluster.api import cluster_api
from shared.refusal import Refusal


def take_down(stack: StackId, toolchain: Toolchain, *, delete_namespace: str = "") -> None:
    """Delete an application's objects, and its namespace where that is named.

    A namespace of its own that a rename left behind goes alone where it is named. Run again after a kill at any
    point, it goes on.

    Args:
        stack: the application's stack.
        toolchain: where the engine is.
        delete_namespace: the name of the namespace to delete with everything in it; empty to keep it.

    Raises:
        Refusal: the namespace is not this stack's, something of somebody else's lives in it, or there is none.
        EngineFailure: the deletion failed; running it again goes on.
    """
    if delete_namespace:
        _delete_all(stack, EngineStack(stack, toolchain), delete_namespace, toolchain)
        return
    steps, kept = take_objects_down(stack, toolchain)
    err.print(f"{stack.label}: {tally(steps) if steps else 'nothing to take down'}.")
    for name in kept:
        _tell_kept(stack, name, toolchain)


def take_objects_down(stack: StackId, toolchain: Toolchain) -> tuple[tuple[Step, ...], list[str]]:
    """Delete an application's objects and keep its namespace with what isolates it.

    Args:
        stack: the application's stack.
        toolchain: where the engine is.

    Returns:
        The steps that were taken, none where there was nothing to take down; and the namespaces that stay its own.

    Raises:
        Refusal: a guard refuses.
        EngineFailure: the deletion failed; running it again goes on.
    """
    engine = EngineStack(stack, toolchain)
    state = read_state(engine)
    owned = namespaces(state)
    if not resources(state):
        return (), []
    outcome = engine.destroy(keep=[*(namespace.urn for namespace in owned), *governance(state)])
    return outcome.steps, [namespace.name for namespace in owned]


def _tell_kept(stack: StackId, name: str, toolchain: Toolchain) -> None:
    err.print(f"The namespace '{name}' stays, and {stack.owner} goes on owning it.")
    with cluster_api(stack_kubeconfig(stack, toolchain)) as api:
        for item in contents(api, name):
            err.print(f"  lives in it: {item}", markup=False)
    err.print(f"  To delete it with everything in it, name it: DELETE_NAMESPACE={name}")


def _delete_all(stack: StackId, engine: EngineStack, name: str, toolchain: Toolchain) -> None:
    kubeconfig = stack_kubeconfig(stack, toolchain)
    state = read_state(engine)
    with cluster_api(kubeconfig) as api:
        uid = refuse_deletion(api, name, stack)
    goes_too = _goes_with(state, name, stack, exists=bool(uid))
    if not uid:
        err.print(f"The namespace '{name}' is gone already.")
    if goes_too:
        outcome = engine.destroy()
        err.print(f"{stack.label}: {tally(outcome.steps)}.")
    if uid:
        with cluster_api(kubeconfig) as api:
            delete_namespace(api, name, uid, stack)


def _goes_with(state: Mapping[str, Any], name: str, stack: StackId, *, exists: bool) -> bool:
    """Whether the application goes with the namespace; one that a rename left behind goes alone."""
    held = [namespace.name for namespace in namespaces(state)]
    if name in held:
        return True
    if any(_lives_in(resource, name) for resource in resources(state)):
        raise Refusal(
            f"{stack.label} has objects in the namespace '{name}' without holding the namespace in its state.",
            f"Deploy it once, so that both agree: {stack.up}",
        )
    if resources(state) and not exists:
        raise Refusal(
            f"There is no namespace '{name}', and {stack.label} holds none of that name "
            f"(it holds: {', '.join(held) or 'none'}).",
            "Correct DELETE_NAMESPACE, or leave it out to take the application alone down.",
        )
    return False


def _lives_in(resource: Mapping[str, Any], name: str) -> bool:
    metadata = (resource.get("inputs") or {}).get("metadata") or {}
    return bool(metadata.get("namespace") == name)
