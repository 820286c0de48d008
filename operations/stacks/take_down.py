"""Taking an application down: its workloads go, its namespace stays unless it is named."""

from collections.abc import Sequence

from operations.console import err, step
from operations.engine.events import Step
from operations.engine.project import StackId
from operations.engine.report import tally
from operations.engine.stack import EngineStack
from operations.stacks.connection import stack_kubeconfig
from operations.stacks.contents import LiveObject, contents
from operations.stacks.state import governance, namespaces, read_state, resources
from operations.stacks.wait import wait_until
from operations.toolchain import Toolchain
from shared.cluster.api import ClusterApi, cluster_api
from shared.labels import ALLOW_DELETION, OWNER
from shared.refusal import Refusal

_DELETION_SECONDS = 300.0


def take_down(stack: StackId, toolchain: Toolchain, *, delete_namespace: str = "") -> None:
    """Delete an application's objects, and its namespace where that is named.

    Run again after a kill at any point, it goes on.

    Args:
        stack: the application's stack.
        toolchain: where the engine is.
        delete_namespace: the name of the namespace to delete with everything in it; empty to keep it.

    Raises:
        Refusal: the namespace is not this stack's, or something of somebody else's lives in it.
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
    with cluster_api(kubeconfig) as api:
        uid = _owned_uid(api, name, stack)
        if uid:
            _refuse_others(api, name, stack)
        else:
            err.print(f"The namespace '{name}' is gone already.")
    if resources(read_state(engine)):
        outcome = engine.destroy()
        err.print(f"{stack.label}: {tally(outcome.steps)}.")
    if uid:
        with cluster_api(kubeconfig) as api:
            _delete_namespace(api, name, uid)


def _path(name: str) -> str:
    return f"/api/v1/namespaces/{name}"


def _owned_uid(api: ClusterApi, name: str, stack: StackId) -> str | None:
    live = api.get(_path(name))
    if live is None:
        return None
    metadata = live["metadata"]
    owner = metadata.get("labels", {}).get(OWNER, "")
    if owner != stack.owner:
        raise Refusal(
            f"The namespace '{name}' is owned by {owner or 'nobody'}, so {stack.owner} does not delete it.",
            "Leave DELETE_NAMESPACE out to take the application alone down.",
        )
    return str(metadata["uid"])


def _refuse_others(api: ClusterApi, name: str, stack: StackId) -> None:
    others = [item for item in contents(api, name) if item.owner != stack.owner]
    if others:
        raise Refusal(
            f"The namespace '{name}' is not deleted, since others live in it:\n{_listed(others)}",
            "Take them down or move them first, or leave DELETE_NAMESPACE out to keep the namespace.",
        )


def _listed(items: Sequence[LiveObject]) -> str:
    return "\n".join(f"    {item}" for item in items)


def _delete_namespace(api: ClusterApi, name: str, uid: str) -> None:
    """Delete the namespace by its UID, so that one made again under the name meanwhile is left alone."""
    with step(f"Deleting the namespace '{name}' with everything in it"):
        api.merge(_path(name), {"metadata": {"uid": uid, "annotations": {ALLOW_DELETION: uid}}})
        api.delete(_path(name), uid=uid)
        wait_until(
            lambda: (api.get(_path(name)) or {"metadata": {"uid": ""}})["metadata"]["uid"] != uid,
            seconds=_DELETION_SECONDS,
            what=f"the deletion of '{name}'",
        )
