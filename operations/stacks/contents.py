"""What lives in a namespace: every object that somebody put there, and whose it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.cluster.api import ClusterApi
from shared.labels import OWNER

_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_TRANSIENT_GROUPS = frozenset({"events.k8s.io", "metrics.k8s.io", "authorization.k8s.io"})
_TRANSIENT_KINDS = frozenset({"Event", "Endpoints"})
_MADE_BY_CLUSTER = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
"""What the control plane puts into every namespace."""


@dataclass(frozen=True)
class LiveObject:
    """An object in a namespace.

    Args:
        kind: such as `Deployment`.
        name: its name.
        owner: the stack whose label it has; empty where it has none.
        uid: its UID.
    """

    kind: str
    name: str
    owner: str
    uid: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} ({self.owner or 'no owner label'})"


def contents(api: ClusterApi, namespace: str) -> list[LiveObject]:
    """List what somebody put into a namespace.

    Left out: what the control plane makes by itself, and what belongs to another object (a ReplicaSet's pods).

    Args:
        api: the cluster's API.
        namespace: the namespace's name.

    Raises:
        Refusal: a list was refused.
    """
    found: set[LiveObject] = set()
    for root, resource, kind in _listable(api):
        path = f"{root}/namespaces/{namespace}/{resource}"
        for item in (api.get(path, accept=_METADATA_ONLY) or {}).get("items") or []:
            metadata = item["metadata"]
            if not metadata.get("ownerReferences") and (kind, metadata["name"]) not in _MADE_BY_CLUSTER:
                owner = metadata.get("labels", {}).get(OWNER, "")
                found.add(LiveObject(kind, metadata["name"], owner, metadata["uid"]))
    return sorted(found, key=lambda item: (item.owner, item.kind, item.name))


def _listable(api: ClusterApi) -> Iterator[tuple[str, str, str]]:
    """The path's root, name and kind of every namespaced resource that can be listed."""
    groups = (api.get("/apis") or {}).get("groups", [])
    roots = [
        f"/apis/{group['preferredVersion']['groupVersion']}"
        for group in groups
        if group["name"] not in _TRANSIENT_GROUPS
    ]
    for root in ["/api/v1", *roots]:
        for resource in (api.get(root) or {}).get("resources", []):
            listed = resource["namespaced"] and "list" in resource["verbs"] and "/" not in resource["name"]
            if listed and resource["kind"] not in _TRANSIENT_KINDS:
                yield root, resource["name"], resource["kind"]
