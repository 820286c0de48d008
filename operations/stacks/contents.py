"""What lives in a namespace: every object that somebody put there, and whose it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient

from shared.cluster.api import REQUEST_TIMEOUT
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
    """

    kind: str
    name: str
    owner: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} ({self.owner or 'no owner label'})"


def contents(client: ApiClient, namespace: str) -> list[LiveObject]:
    """List what somebody put into a namespace.

    Left out: what the control plane makes by itself, and what belongs to another object (a ReplicaSet's pods).

    Args:
        client: a client of the cluster's API.
        namespace: the namespace's name.

    Raises:
        ApiException: a list was refused.
    """
    found: set[LiveObject] = set()
    for path, kind in _listable(client):
        items = _get(client, f"{path.format(namespace=namespace)}?limit=500", _METADATA_ONLY)["items"]
        for item in items:
            metadata = item["metadata"]
            if not metadata.get("ownerReferences") and (kind, metadata["name"]) not in _MADE_BY_CLUSTER:
                found.add(LiveObject(kind, metadata["name"], (metadata.get("labels") or {}).get(OWNER, "")))
    return sorted(found, key=lambda item: (item.owner, item.kind, item.name))


def _listable(client: ApiClient) -> Iterator[tuple[str, str]]:
    """The path and kind of every namespaced resource that can be listed."""
    roots = [("", "/api/v1")]
    for group in _get(client, "/apis")["groups"]:
        if group["name"] not in _TRANSIENT_GROUPS:
            roots.append((group["name"], f"/apis/{group['preferredVersion']['groupVersion']}"))
    for _, root in roots:
        for resource in _get(client, root)["resources"]:
            listed = resource["namespaced"] and "list" in resource["verbs"] and "/" not in resource["name"]
            if listed and resource["kind"] not in _TRANSIENT_KINDS:
                yield f"{root}/namespaces/{{namespace}}/{resource['name']}", resource["kind"]


def _get(client: ApiClient, path: str, accept: str = "application/json") -> Mapping[str, Any]:
    answer: Mapping[str, Any] = client.call_api(
        path,
        "GET",
        header_params={"Accept": accept},
        auth_settings=["BearerToken"],
        response_type="object",
        _return_http_data_only=True,
        _request_timeout=REQUEST_TIMEOUT,
    )
    return answer
