"""A witness of one namespace and of what isolates it: every event from one moment on, by the API server's own watch."""

import threading
import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from kubernetes import client, watch

from tests.cluster import ISOLATION, LiveCluster, until

OWNER, ENFORCE = "platform.internal/owner", "pod-security.kubernetes.io/enforce"
_WATCH_SECONDS = 280
_SENTINEL = "sentinel"
"""An object by which the witness sees that it has seen everything before."""


@dataclass(frozen=True)
class Seen:
    """One event.

    Args:
        type: ADDED, MODIFIED or DELETED.
        kind: the object's kind.
        name: its name.
        uid: its UID.
        labels: its labels.
    """

    type: str
    kind: str
    name: str
    uid: str
    labels: dict[str, str]


class Witness:
    """Watches quota, limit range, network policies and role bindings of a namespace, and the namespace itself.

    Args:
        cluster: the live cluster.
        namespace: the namespace.
    """

    def __init__(self, cluster: LiveCluster, namespace: str) -> None:
        core, connection = cluster.core, cluster.core.api_client
        access: Any = client.RbacAuthorizationV1Api(connection)
        self._cluster, self._namespace = cluster, namespace
        self._lists: dict[str, Any] = {
            "ResourceQuota": core.list_namespaced_resource_quota,
            "LimitRange": core.list_namespaced_limit_range,
            "NetworkPolicy": cluster.networking.list_namespaced_network_policy,
            "RoleBinding": access.list_namespaced_role_binding,
        }
        self._sentinels: dict[str, Any] = {
            "ResourceQuota": (core.create_namespaced_resource_quota, {"spec": {"hard": {}}}),
            "LimitRange": (
                core.create_namespaced_limit_range,
                {"spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"storage": "1Pi"}}]}},
            ),
            "NetworkPolicy": (
                cluster.networking.create_namespaced_network_policy,
                {"spec": {"podSelector": {"matchLabels": {"nobody": "has"}}, "policyTypes": ["Ingress"]}},
            ),
            "RoleBinding": (
                access.create_namespaced_role_binding,
                {
                    "roleRef": {
                        "apiGroup": "rbac.authorization.k8s.io",
                        "kind": "ClusterRole",
                        "name": "platform-read",
                    }
                },
            ),
        }
        self._deletions: dict[str, Any] = {
            "ResourceQuota": core.delete_namespaced_resource_quota,
            "LimitRange": core.delete_namespaced_limit_range,
            "NetworkPolicy": cluster.networking.delete_namespaced_network_policy,
            "RoleBinding": access.delete_namespaced_role_binding,
        }
        self._seen: list[Seen] = []
        self.before: dict[tuple[str, str], str] = {}
        self._watches: list[watch.Watch] = []
        self._done = False
        self._failures: list[Exception] = []

    def now(self) -> dict[tuple[str, str], str]:
        """The UIDs of what isolates the namespace, and of the namespace, by kind and name."""
        found = {
            (kind, item.metadata.name): item.metadata.uid
            for kind, listed in self._lists.items()
            for item in listed(self._namespace).items
        }
        return {
            **found,
            ("Namespace", self._namespace): self._cluster.namespace(self._namespace).metadata.uid,
        }

    def __enter__(self) -> "Witness":
        self.before = self.now()
        for kind, listed in self._lists.items():
            self._start(kind, listed, listed(self._namespace).metadata.resource_version, self._namespace)
        spaces = self._cluster.core.list_namespace
        self._start("Namespace", spaces, spaces().metadata.resource_version)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._see_all()
        finally:
            self._done = True
            for one in self._watches:
                one.stop()
        assert not self._failures, self._failures

    def _start(self, kind: str, listed: Any, version: str, *arguments: str) -> None:
        observer = watch.Watch()
        self._watches.append(observer)

        def follow() -> None:
            try:
                for event in observer.stream(
                    listed, *arguments, resource_version=version, timeout_seconds=_WATCH_SECONDS
                ):
                    metadata = event["object"].metadata
                    self._seen.append(
                        Seen(event["type"], kind, metadata.name, metadata.uid, dict(metadata.labels or {}))
                    )
            except Exception as failure:
                # Stopping cuts the connection, which the client takes for a fault.
                if not self._done:
                    self._failures.append(failure)

        threading.Thread(target=follow, daemon=True).start()

    def _see_all(self) -> None:
        """Make a last object of each kind and wait until it is seen; nothing from before is missed then."""
        last = f"{_SENTINEL}-{uuid.uuid4().hex[:8]}"
        for create, body in self._sentinels.values():
            create(self._namespace, {"metadata": {"name": last}, **body})
        self._cluster.core.create_namespace({"metadata": {"name": last}})
        kinds = {*self._sentinels, "Namespace"}
        until(
            lambda: {seen.kind for seen in list(self._seen) if seen.name == last} == kinds,
            "everything seen that happened",
        )
        for delete in self._deletions.values():
            delete(last, self._namespace)
        self._cluster.core.delete_namespace(last)

    @property
    def events(self) -> list[Seen]:
        """What was seen, without the sentinels, whose deletion may come in at any later moment."""
        return [seen for seen in list(self._seen) if not seen.name.startswith(_SENTINEL)]

    def of(self, kind: str) -> list[Seen]:
        """What was seen of a kind; of the one namespace alone."""
        return [
            seen
            for seen in self.events
            if seen.kind == kind and (kind != "Namespace" or seen.name == self._namespace)
        ]


def managers(cluster: LiveCluster, namespace: str) -> set[str]:
    """The owner labels of all that isolates a namespace."""
    names = {name for _, name in ISOLATION}
    found = [
        *cluster.core.list_namespaced_resource_quota(namespace).items,
        *cluster.core.list_namespaced_limit_range(namespace).items,
        *cluster.networking.list_namespaced_network_policy(namespace).items,
    ]
    return {item.metadata.labels[OWNER] for item in found if item.metadata.name in names}


def hard(cluster: LiveCluster, namespace: str) -> dict[str, str]:
    """What a namespace's quota allows."""
    found: dict[str, str] = cluster.core.read_namespaced_resource_quota("platform-quota", namespace).spec.hard
    return found


def held(witness: Witness, *owners: str) -> None:
    """Nothing was ever gone, made again, without an owner, or without its pods being secured."""
    assert {what for what in witness.before if what[0] != "Namespace"} == ISOLATION
    assert [seen for seen in witness.events if seen.type == "DELETED"] == []
    assert [seen for seen in witness.events if seen.type == "ADDED"] == []
    assert witness.now() == witness.before
    for seen in witness.events:
        if (seen.kind, seen.name) in witness.before:
            assert seen.uid == witness.before[seen.kind, seen.name]
            assert seen.labels[OWNER] in owners, seen
    for seen in witness.of("Namespace"):
        assert seen.labels[ENFORCE] == "restricted", seen
