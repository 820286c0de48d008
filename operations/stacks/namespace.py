"""A live namespace: what is in it and whose that is, and its deletion, by its owner alone."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from operations.console import err, step
from shared.errors import Failure, PlatformError, Refusal, after_changes
from shared.kube.client import METADATA_ONLY, ClusterApi, Json
from shared.kube.observed import observed_namespace
from shared.labels import ALLOW_DELETION, OWNER
from shared.stacks import Stack

_TRANSIENT_GROUPS = frozenset({"events.k8s.io", "metrics.k8s.io", "authorization.k8s.io"})
_TRANSIENT_KINDS = frozenset({"Event", "Endpoints"})
_BY_CONTROL_PLANE = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
"""What the control plane puts into every namespace."""

_DELETION_SECONDS, _POLL_SECONDS = 300.0, 0.25


@dataclass(frozen=True)
class LiveObject:
    """An object in a namespace; its owner is the value of its owner label, empty where it has none."""

    kind: str
    name: str
    owner: str
    uid: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} ({self.owner or 'no owner label'})"


def contents(api: ClusterApi, namespace: str) -> tuple[list[LiveObject], list[str]]:
    """List what users put into a namespace, and second what cannot be listed, and why.

    Left out: what the control plane creates in every namespace, and what belongs to another object (a ReplicaSet's
    pods). What a controller creates for an object without saying so (a load balancer's target groups) is its owner's.
    """
    found: set[LiveObject] = set()
    unlisted: list[str] = []
    created_for: dict[LiveObject, tuple[str, str]] = {}
    for root, resource, kind in _listable(api, unlisted):
        items: list[Json] = []
        with _noting(unlisted, f"{resource} of {root}"):
            items = api.list(f"{root}/namespaces/{namespace}/{resource}", accept=METADATA_ONLY)
        for item in items:
            metadata = item["metadata"]
            if not metadata.get("ownerReferences") and (kind, metadata["name"]) not in _BY_CONTROL_PLANE:
                labels = metadata.get("labels") or {}
                live = LiveObject(kind, metadata["name"], labels.get(OWNER, ""), metadata["uid"])
                if origin := _created_for(labels, namespace):
                    created_for[live] = origin
                else:
                    found.add(live)
    owners = {(item.kind, item.name): item.owner for item in found}
    # Without its origin it is about to be deleted by its controller.
    found |= {replace(item, owner=owners[origin]) for item, origin in created_for.items() if origin in owners}
    return sorted(found, key=lambda item: (item.owner, item.kind, item.name)), unlisted


@contextmanager
def _noting(unlisted: list[str], what: str) -> Iterator[None]:
    """Note what cannot be listed, such as what an aggregated API serves whose backend no longer answers."""
    try:
        yield
    except PlatformError as error:
        unlisted.append(f"{what} ({' '.join(error.fact.split()).rstrip('.')})")


def tell_unlisted(unlisted: Iterable[str]) -> None:
    """Tell what could not be listed."""
    for what in unlisted:
        err.print(f"  not listed: {what}", markup=False)


def _created_for(labels: Mapping[str, str], namespace: str) -> tuple[str, str] | None:
    """The kind and name of what the AWS Load Balancer Controller created an object for; it sets no owner reference."""
    for group, kind in (("ingress.k8s.aws", "Ingress"), ("service.k8s.aws", "Service")):
        if labels.get(f"{group}/stack-namespace") == namespace:
            return kind, labels.get(f"{group}/stack-name", "")
    return None


def check_deletion(api: ClusterApi, name: str, stack: Stack, uid: str = "") -> Json | None:
    """Refuse to delete a namespace that is not a stack's own, or that has objects of others, which are listed.

    Returns its metadata; None where it no longer exists, or has another UID than the given one.
    """
    live = api.get(_path(name))
    if live is None or live["metadata"]["uid"] != (uid or live["metadata"]["uid"]):
        return None
    observed = observed_namespace(live)
    if observed.owner != stack.owner:
        owner = f"{observed.owner} owns" if observed.owner else "No stack owns"
        raise Refusal(
            f"{owner} the namespace '{observed.name}', so {stack.owner} does not delete it.",
            "Leave DELETE_NAMESPACE out to take the application alone down.",
        )
    found, unlisted = contents(api, observed.name)
    if unlisted:
        raise Refusal(
            f"The namespace '{observed.name}' is not deleted, since it is not known what is in it. Not listed:\n"
            + "\n".join(f"    {what}" for what in unlisted),
            "Restore what serves that, or delete its APIService where it no longer exists (kubectl get apiservices).",
        )
    if others := [item for item in found if item.owner != stack.owner]:
        listed = "\n".join(f"    {item}" for item in others)
        raise Refusal(
            f"The namespace '{observed.name}' is not deleted, since it has objects of others:\n{listed}",
            "Take them down or move them first, or leave DELETE_NAMESPACE out to keep the namespace.",
        )
    metadata: Json = live["metadata"]
    return metadata


def delete_namespace(api: ClusterApi, name: str, uid: str, stack: Stack) -> None:
    """Delete a stack's namespace that was checked just now, with everything in it, and wait until it no longer exists.

    One that was recreated under the name in the meantime is left alone; one that was adopted or used is refused.
    """
    metadata = check_deletion(api, name, stack, uid)
    if metadata is None:
        err.print(f"The namespace '{name}' no longer exists.")
        return
    with step(f"Deleting the namespace '{name}' with everything in it"):
        # The version binds it to what was checked: where it was adopted since, this is a conflict.
        checked = {"uid": uid, "resourceVersion": metadata["resourceVersion"]}
        api.merge(_path(name), {"metadata": {**checked, "annotations": {ALLOW_DELETION: uid}}})
        with after_changes():
            api.delete(_path(name), uid=uid)
            _wait_until_deleted(api, name, uid)


def _wait_until_deleted(api: ClusterApi, name: str, uid: str) -> None:
    deadline, told = time.monotonic() + _DELETION_SECONDS, ""
    while (left := api.get(_path(name))) and left["metadata"]["uid"] == uid:
        if (reason := _delay(left)) != told:
            err.print(f"  … {reason}", markup=False)
            told = reason
        if time.monotonic() > deadline:
            raise Failure(
                f"The namespace '{name}' is still being deleted after {_DELETION_SECONDS:.0f} s.",
                f"See what delays it (kubectl get namespace {name} -o yaml), or run the command again to wait.",
            )
        time.sleep(_POLL_SECONDS)


def _delay(live: Json) -> str:
    """What keeps a namespace that is being deleted; empty where nothing was found yet."""
    conditions = (live.get("status") or {}).get("conditions") or ()
    left = ("NamespaceFinalizersRemaining", "NamespaceDeletionDiscoveryFailure")
    return "; ".join(
        str(one["message"]) for one in conditions if one["status"] == "True" and one["type"] in left
    )


def _path(name: str) -> str:
    return f"/api/v1/namespaces/{name}"


def _listable(api: ClusterApi, unlisted: list[str]) -> Iterator[tuple[str, str, str]]:
    """The path's root, name and kind of every namespaced resource that can be listed."""
    groups = (api.get("/apis") or {}).get("groups") or []
    roots = [
        f"/apis/{group['preferredVersion']['groupVersion']}"
        for group in groups
        if group["name"] not in _TRANSIENT_GROUPS
    ]
    for root in ["/api/v1", *roots]:
        served: Json = {}
        with _noting(unlisted, root):
            served = api.get(root) or {}
        for resource in served.get("resources") or []:
            listed = resource["namespaced"] and "list" in resource["verbs"] and "/" not in resource["name"]
            if listed and resource["kind"] not in _TRANSIENT_KINDS:
                yield root, resource["name"], resource["kind"]
