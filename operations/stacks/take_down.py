"""Taking an application down: its workloads go, its namespace stays unless it is named."""

from collections.abc import Sequence

from kubernetes.client import ApiClient, CoreV1Api, V1DeleteOptions, V1Preconditions
from kubernetes.client.exceptions import ApiException

from operations.console import err, step
from operations.engine.project import StackId
from operations.engine.report import tally
from operations.engine.stack import EngineStack
from operations.stacks.connection import stack_kubeconfig
from operations.stacks.contents import LiveObject, contents
from operations.stacks.state import namespaces, resources
from operations.stacks.wait import wait_until
from operations.toolchain import Toolchain
from shared.cluster.api import NOT_FOUND, REQUEST_TIMEOUT, api_client
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
    engine = EngineStack(stack, toolchain)
    state = engine.state()
    owned = namespaces(state)
    if delete_namespace:
        _delete_all(stack, engine, delete_namespace, toolchain)
        return
    if not resources(state):
        err.print(f"{stack.label}: nothing to take down.")
        return
    outcome = engine.destroy(keep=[namespace.urn for namespace in owned])
    err.print(f"{stack.label}: {tally(outcome.steps)}.")
    for namespace in owned:
        _tell_kept(stack, namespace.name, toolchain)


def _tell_kept(stack: StackId, name: str, toolchain: Toolchain) -> None:
    err.print(f"The namespace '{name}' stays, and {stack.owner} goes on owning it.")
    with api_client(stack_kubeconfig(stack, toolchain)) as client:
        for item in contents(client, name):
            err.print(f"  lives in it: {item}", markup=False)
    err.print(f"  To delete it with everything in it, name it: DELETE_NAMESPACE={name}")


def _delete_all(stack: StackId, engine: EngineStack, name: str, toolchain: Toolchain) -> None:
    kubeconfig = stack_kubeconfig(stack, toolchain)
    with api_client(kubeconfig) as client:
        api = CoreV1Api(client)
        uid = _owned_uid(api, name, stack)
        if uid is None:
            err.print(f"The namespace '{name}' is gone already.")
        else:
            _refuse_others(client, name, stack)
    if resources(engine.state()):
        outcome = engine.destroy()
        err.print(f"{stack.label}: {tally(outcome.steps)}.")
    if uid is not None:
        with api_client(kubeconfig) as client:
            _delete_namespace(client, name, uid)


def _owned_uid(api: CoreV1Api, name: str, stack: StackId) -> str | None:
    try:
        live = api.read_namespace(name, _request_timeout=REQUEST_TIMEOUT)
    except ApiException as error:
        if error.status == NOT_FOUND:
            return None
        raise
    owner = (live.metadata.labels or {}).get(OWNER, "")
    if owner != stack.owner:
        raise Refusal(
            f"The namespace '{name}' is owned by {owner or 'nobody'}, so {stack.owner} does not delete it.",
            "Leave DELETE_NAMESPACE out to take the application alone down.",
        )
    return str(live.metadata.uid)


def _refuse_others(client: ApiClient, name: str, stack: StackId) -> None:
    others = [item for item in contents(client, name) if item.owner != stack.owner]
    if others:
        raise Refusal(
            f"The namespace '{name}' is not deleted, since others live in it:\n{_listed(others)}",
            "Take them down or move them first, or leave DELETE_NAMESPACE out to keep the namespace.",
        )


def _listed(items: Sequence[LiveObject]) -> str:
    return "\n".join(f"    {item}" for item in items)


def _delete_namespace(client: ApiClient, name: str, uid: str) -> None:
    """Delete the namespace by its UID, so that one made again under the name meanwhile is left alone."""
    api = CoreV1Api(client)
    with step(f"Deleting the namespace '{name}' with everything in it"):
        api.patch_namespace(
            name,
            {"metadata": {"uid": uid, "annotations": {ALLOW_DELETION: uid}}},
            _request_timeout=REQUEST_TIMEOUT,
        )
        api.delete_namespace(
            name,
            body=V1DeleteOptions(preconditions=V1Preconditions(uid=uid)),
            _request_timeout=REQUEST_TIMEOUT,
        )
        wait_until(
            lambda: _is_gone(api, name, uid), seconds=_DELETION_SECONDS, what=f"the deletion of '{name}'"
        )


def _is_gone(api: CoreV1Api, name: str, uid: str) -> bool:
    try:
        return bool(api.read_namespace(name, _request_timeout=REQUEST_TIMEOUT).metadata.uid != uid)
    except ApiException as error:
        if error.status == NOT_FOUND:
            return True
        raise
