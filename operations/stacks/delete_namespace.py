"""Deleting a namespace with everything in it: only its owner does, only where nobody else lives in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from operations.console import err, step
from operations.engine.project import StackId
from operations.stacks.contents import LiveObject, contents
from operations.stacks.wait import wait_until
from shared.cluster.api import ClusterApi
from shared.labels import ALLOW_DELETION, OWNER
from shared.refusal import Refusal

_DELETION_SECONDS = 300.0


def refuse_deletion(api: ClusterApi, name: str, stack: StackId) -> str:
    """Refuse to delete a namespace that is not a stack's own, or in which others live.

    Args:
        api: the cluster's API.
        name: the namespace.
        stack: who wants to delete it.

    Returns:
        The namespace's UID; empty where it is gone already.

    Raises:
        Refusal: another stack or nobody owns it, or something of somebody else's lives in it.
    """
    live = api.get(_path(name))
    if live is None:
        return ""
    _refuse(api, name, live["metadata"], stack)
    return str(live["metadata"]["uid"])


def delete_namespace(api: ClusterApi, name: str, uid: str, stack: StackId) -> None:
    """Delete a namespace as it was judged just now, with everything in it, and wait until it is gone.

    One that was made again under the name meanwhile is left alone.

    Args:
        api: the cluster's API.
        name: the namespace.
        uid: its UID.
        stack: its owner.

    Raises:
        Refusal: its owner is another one by now, others live in it by now, or it does not go.
    """
    live = api.get(_path(name))
    if live is None or live["metadata"]["uid"] != uid:
        err.print(f"The namespace '{name}' is gone by now.")
        return
    metadata = live["metadata"]
    _refuse(api, name, metadata, stack)
    with step(f"Deleting the namespace '{name}' with everything in it"):
        # The version holds it to what was judged: who took it over since is not deleted.
        held_to = {"uid": uid, "resourceVersion": metadata["resourceVersion"]}
        api.merge(_path(name), {"metadata": {**held_to, "annotations": {ALLOW_DELETION: uid}}})
        api.delete(_path(name), uid=uid)
        wait_until(
            lambda: (api.get(_path(name)) or {"metadata": {"uid": ""}})["metadata"]["uid"] != uid,
            seconds=_DELETION_SECONDS,
            what=f"the deletion of '{name}'",
        )


def _path(name: str) -> str:
    return f"/api/v1/namespaces/{name}"


def _refuse(api: ClusterApi, name: str, metadata: Mapping[str, Any], stack: StackId) -> None:
    owner = metadata.get("labels", {}).get(OWNER, "")
    if owner != stack.owner:
        raise Refusal(
            f"The namespace '{name}' is owned by {owner or 'nobody'}, so {stack.owner} does not delete it.",
            "Leave DELETE_NAMESPACE out to take the application alone down.",
        )
    others = [item for item in contents(api, name) if item.owner != stack.owner]
    if others:
        raise Refusal(
            f"The namespace '{name}' is not deleted, since others live in it:\n{_listed(others)}",
            "Take them down or move them first, or leave DELETE_NAMESPACE out to keep the namespace.",
        )


def _listed(items: Sequence[LiveObject]) -> str:
    return "\n".join(f"    {item}" for item in items)
