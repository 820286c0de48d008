"""The proof of a handover: the same namespace, the same workloads and the same pods, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass

from operations.stacks.contents import LiveObject, contents
from shared.cluster.api import ClusterApi
from shared.labels import OWNER, PREVIOUS_OWNER
from shared.refusal import Refusal


@dataclass(frozen=True)
class Picture:
    """A live namespace and what lives in it, at one moment.

    Args:
        name: the namespace.
        uid: its UID.
        owner: its owner label; empty where it has none.
        previous_owner: whom the owner took it over from; empty for nobody.
        objects: what somebody put into it.
        pods: each pod's number of container restarts, by UID.
    """

    name: str
    uid: str
    owner: str
    previous_owner: str
    objects: tuple[LiveObject, ...]
    pods: Mapping[str, int]


def take_picture(api: ClusterApi, name: str) -> Picture:
    """Look at a namespace.

    Raises:
        Refusal: there is no such namespace, or it is being deleted.
    """
    live = api.get(f"/api/v1/namespaces/{name}")
    if live is None:
        raise Refusal(
            f"There is no namespace '{name}' on the cluster, so there is nothing to move.",
            "Deploy its owner first, or correct the setting namespace.",
        )
    metadata = live["metadata"]
    if "deletionTimestamp" in metadata:
        raise Refusal(
            f"The namespace '{name}' is being deleted.", "Wait until it is gone; it cannot be moved."
        )
    pods = (api.get(f"/api/v1/namespaces/{name}/pods") or {}).get("items") or []
    return Picture(
        name=name,
        uid=metadata["uid"],
        owner=metadata.get("labels", {}).get(OWNER, ""),
        previous_owner=metadata.get("annotations", {}).get(PREVIOUS_OWNER, ""),
        objects=tuple(contents(api, name)),
        pods={
            pod["metadata"]["uid"]: sum(
                status["restartCount"] for status in pod.get("status", {}).get("containerStatuses", [])
            )
            for pod in pods
        },
    )


def losses(before: Picture, after: Picture) -> list[str]:
    """What was lost between two pictures, a line each; nothing where all is as it was."""
    lost = (
        []
        if after.uid == before.uid
        else [f"the namespace has another UID: {after.uid}, before {before.uid}"]
    )
    uids = {item.uid for item in after.objects}
    lost += [f"{item.kind}/{item.name} is gone" for item in before.objects if item.uid not in uids]
    lost += [f"a pod is gone: {uid}" for uid in before.pods if uid not in after.pods]
    lost += [
        f"a pod was restarted: {uid}"
        for uid, restarts in before.pods.items()
        if after.pods.get(uid, restarts) > restarts
    ]
    return lost
