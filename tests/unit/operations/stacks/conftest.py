"""A stack whose engine and cluster are made up: what was done to either stands in one list, in order."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from operations.engine.events import Step
from operations.engine.process import Outcome
from operations.engine.project import Project, StackId

OWNER = "platform.internal/owner"
STACK = StackId(Project(Path("/nowhere"), "day-service-app", "day"), "dev")
NAMESPACE_URN = "urn:pulumi:dev::day-service-app::kubernetes:core/v1:Namespace::dev-namespace"
RESOURCES: Mapping[str, list[dict[str, Any]]] = {
    "/api/v1": [
        {"name": "namespaces", "kind": "Namespace", "namespaced": False, "verbs": ["list"]},
        {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["list"]},
        {"name": "serviceaccounts", "kind": "ServiceAccount", "namespaced": True, "verbs": ["list"]},
        {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list"]},
        {"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["list"]},
        {"name": "events", "kind": "Event", "namespaced": True, "verbs": ["list"]},
        {"name": "bindings", "kind": "Binding", "namespaced": True, "verbs": ["create"]},
    ],
    "/apis/apps/v1": [{"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["list"]}],
    "/apis/metrics.k8s.io/v1": [
        {"name": "pods", "kind": "PodMetrics", "namespaced": True, "verbs": ["list"]}
    ],
}


def item(name: str, owner: str = "", *, belongs: bool = False) -> dict[str, Any]:
    """An object's metadata as a list has it."""
    metadata: dict[str, Any] = {"name": name, "uid": f"uid-of-{name}"}
    if owner:
        metadata["labels"] = {OWNER: owner}
    if belongs:
        metadata["ownerReferences"] = [{"kind": "ReplicaSet"}]
    return {"metadata": metadata}


def namespace_state(*, retained: bool = True) -> dict[str, Any]:
    """A state that holds the namespace dev."""
    root = {"type": "pulumi:pulumi:Stack", "urn": "root", "outputs": {"namespace": "dev"}}
    namespace = {
        "type": "kubernetes:core/v1:Namespace",
        "urn": NAMESPACE_URN,
        "inputs": {"metadata": {"name": "dev"}},
        "retainOnDelete": retained,
    }
    return {"deployment": {"resources": [root, namespace]}}


@dataclass
class Scene:
    """An engine and a cluster.

    Args:
        state: the stack's state.
        outputs: what the stack exports.
        objects: what the cluster answers, by path.
        done: what was done, in order.
    """

    state: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    done: list[Any] = field(default_factory=list)

    def put(self, name: str, *, owner: str = "", uid: str = "uid-1") -> None:
        """Put a namespace onto the cluster."""
        labels = {OWNER: owner} if owner else {}
        metadata = {"name": name, "uid": uid, "resourceVersion": "7", "labels": labels}
        self.objects[f"/api/v1/namespaces/{name}"] = {"metadata": metadata}

    def fill(self, namespace: str, root: str, resource: str, *items: dict[str, Any]) -> None:
        """Put objects into a namespace."""
        self.objects[f"{root}/namespaces/{namespace}/{resource}"] = {"items": list(items)}

    # The engine's side.

    def destroy(self, *, keep: Any = ()) -> Outcome:
        """Take down all but what is kept."""
        self.done.append(("destroy", tuple(keep)))
        return Outcome(0, (Step("delete", "urn", "Deployment", "day-service"),), ())

    # The cluster's side.

    def get(self, path: str, *, accept: str = "") -> Any:
        """Read."""
        if path == "/apis":
            groups = [root.split("/")[2:] for root in RESOURCES if root.startswith("/apis/")]
            return {
                "groups": [
                    {"name": group, "preferredVersion": {"groupVersion": f"{group}/{version}"}}
                    for group, version in groups
                ]
            }
        if path in RESOURCES:
            return {"resources": RESOURCES[path]}
        return self.objects.get(path)

    def merge(self, path: str, patch: Any) -> None:
        """Change."""
        self.done.append(("merge", path, patch))

    def delete(self, path: str, *, uid: str) -> None:
        """Delete, at once."""
        self.done.append(("delete", path, uid))
        if self.objects[path]["metadata"]["uid"] == uid:
            del self.objects[path]

    @contextmanager
    def connected(self, kubeconfig: str) -> Iterator["Scene"]:
        """Stand in the place of cluster_api."""
        assert kubeconfig == "given"
        yield self


@pytest.fixture
def scene() -> Scene:
    return Scene()
