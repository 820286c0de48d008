"""A cluster whose objects are values: what was done to it is in one list, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from operations.engine.events import Step
from shared.stacks import Stack
from shared.state import State, StateObject
from tests.unit.cluster import Objects

OWNER = "platform.internal/owner"
STACK = Stack("day-service-app", "dev")
OTHER = "dusk-service-app.dev"
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
    "/apis/networking.k8s.io/v1": [
        {"name": "ingresses", "kind": "Ingress", "namespaced": True, "verbs": ["list"]}
    ],
    "/apis/elbv2.k8s.aws/v1beta1": [
        {"name": "targetgroupbindings", "kind": "TargetGroupBinding", "namespaced": True, "verbs": ["list"]}
    ],
    "/apis/metrics.k8s.io/v1": [
        {"name": "pods", "kind": "PodMetrics", "namespaced": True, "verbs": ["list"]}
    ],
}


def item(name: str, owner: str = "", *, belongs: bool = False, **fields: Any) -> dict[str, Any]:
    """An object as a list has it."""
    metadata: dict[str, Any] = {"name": name, "namespace": "dev", "uid": f"uid-of-{name}"}
    if owner:
        metadata["labels"] = {OWNER: owner}
    if belongs:
        metadata["ownerReferences"] = [{"kind": "ReplicaSet"}]
    return {"metadata": metadata, **fields}


def state(*, retained: bool = True, **others: Any) -> State:
    """A state that has the namespace dev."""
    kind = "kubernetes:core/v1:Namespace"
    namespace = StateObject(NAMESPACE_URN, kind, "dev", owner=STACK.owner, retained=retained)
    return State(objects=(namespace,), urns=(NAMESPACE_URN,), **others)


@dataclass
class Scene(Objects):
    """An engine and a cluster.

    Args:
        state: the stack's state.
        done: what was done, in order.
    """

    state: State = field(default_factory=State)
    done: list[Any] = field(default_factory=list)

    def put(self, name: str, *, owner: str = "", uid: str = "uid-1") -> None:
        """Put a namespace onto the cluster."""
        labels = {OWNER: owner} if owner else {}
        metadata = {"name": name, "uid": uid, "resourceVersion": "7", "labels": labels}
        self.objects[f"/api/v1/namespaces/{name}"] = {"metadata": metadata}

    def fill(self, namespace: str, root: str, resource: str, *items: dict[str, Any]) -> None:
        """Put objects into a namespace."""
        self.objects[f"{root}/namespaces/{namespace}/{resource}"] = {"items": list(items)}

    def import_unfinished(self, ask: object) -> None:
        """The engine's."""

    def destroy(self, *, keep: Any = (), kubeconfig: object = None) -> tuple[Step, ...]:
        """The engine's: take down all but what is kept."""
        self.done.append(("destroy", tuple(keep)))
        return (Step("delete", "urn", "Deployment", "day-service"),)

    def get(self, path: str, *, accept: str = "") -> Any:
        """The cluster's: read."""
        if path == "/apis":
            groups = [root.split("/")[2:] for root in RESOURCES if root.startswith("/apis/")]
            return {
                "groups": [
                    {"name": group, "preferredVersion": {"groupVersion": f"{group}/{version}"}}
                    for group, version in groups
                ]
            }
        return {"resources": RESOURCES[path]} if path in RESOURCES else super().get(path)

    def merge(self, path: str, patch: Any) -> None:
        """The cluster's: change."""
        self.done.append(("merge", path, patch))

    def delete(self, path: str, *, uid: str) -> None:
        """The cluster's: delete, at once."""
        self.done.append(("delete", path, uid))
        if self.objects[path]["metadata"]["uid"] == uid:
            del self.objects[path]


@pytest.fixture
def scene() -> Scene:
    return Scene()
