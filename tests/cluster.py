"""What tests see of a live cluster, through the Kubernetes client."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

ISOLATION = {
    ("ResourceQuota", "platform-quota"),
    ("LimitRange", "platform-limits"),
    ("NetworkPolicy", "platform-default-deny"),
    ("NetworkPolicy", "platform-dns"),
    ("NetworkPolicy", "platform-within-namespace"),
    ("NetworkPolicy", "platform-ingress-controller"),
    ("NetworkPolicy", "platform-exceptions"),
    ("RoleBinding", "platform-deploy"),
    ("RoleBinding", "platform-read"),
}
"""What isolates a namespace whose settings allow connections of its own, by kind and name."""

_DEADLINE_SECONDS = 60.0


class LiveCluster:
    """A live cluster.

    Args:
        kubeconfig: the kubeconfig file of an administrator.
    """

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self.connect()

    def connect(self) -> None:
        """Read the kubeconfig again: a cluster that was stopped may have come back at another address."""
        connection = config.new_client_from_config(config_file=str(self.kubeconfig))
        self.core: Any = client.CoreV1Api(connection)
        self.apps: Any = client.AppsV1Api(connection)
        self.networking: Any = client.NetworkingV1Api(connection)
        self.access: Any = client.RbacAuthorizationV1Api(connection)
        self.autoscaling: Any = client.AutoscalingV2Api(connection)
        self.admission: Any = client.AdmissionregistrationV1Api(connection)
        self.registration: Any = client.ApiregistrationV1Api(connection)

    def namespace(self, name: str) -> Any:
        """The live namespace."""
        return self.core.read_namespace(name)

    def exists(self, name: str) -> bool:
        """Whether there is a namespace of that name."""
        return any(item.metadata.name == name for item in self.core.list_namespace().items)

    def owner(self, name: str) -> str:
        """The owner that the live namespace names; empty for none."""
        return str((self.namespace(name).metadata.labels or {}).get("platform.internal/owner", ""))

    def uids(self, namespace: str) -> dict[str, str]:
        """The UIDs of a namespace and of the workloads and pods in it, by kind and name."""
        found = {"Namespace": self.namespace(namespace).metadata.uid}
        for item in self.apps.list_namespaced_deployment(namespace).items:
            found[f"Deployment/{item.metadata.name}"] = item.metadata.uid
        for item in self.core.list_namespaced_pod(namespace).items:
            found[f"Pod/{item.metadata.name}"] = item.metadata.uid
        return found

    def isolation_uids(self, namespace: str) -> dict[str, str]:
        """The UIDs of the objects of a namespace's isolation, by kind and name."""
        lists = {
            "ResourceQuota": self.core.list_namespaced_resource_quota,
            "LimitRange": self.core.list_namespaced_limit_range,
            "NetworkPolicy": self.networking.list_namespaced_network_policy,
            "RoleBinding": self.access.list_namespaced_role_binding,
        }
        return {
            f"{kind}/{item.metadata.name}": item.metadata.uid
            for kind, listed in lists.items()
            for item in listed(namespace).items
        }

    def wait_for_policies(self) -> None:
        """Wait until the API server enforces the policies that the shared infrastructure stack declares by default.

        It takes up a policy a moment after it was created, changed or deleted.
        """
        labels = {"platform.internal/owner": "somebody.dev"}
        secured = {**labels, "pod-security.kubernetes.io/enforce": "restricted"}
        until(lambda: not self._takes(labels) and self._takes(secured), "the admission policies in force")

    def _takes(self, labels: dict[str, str]) -> bool:
        """Whether the API server would create a namespace with these labels."""
        try:
            self.core.create_namespace({"metadata": {"name": "dry-run", "labels": labels}}, dry_run="All")
        except ApiException:
            return False
        return True

    def delete_namespaces(self, names: Sequence[str]) -> None:
        """Delete those of some namespaces that there are."""
        for name in names:
            if self.exists(name):
                self.delete_namespace(name)

    def delete_namespace(self, name: str) -> None:
        """Delete a namespace as an administrator who means it, and wait until it is gone."""
        uid = self.namespace(name).metadata.uid
        allowed = {"metadata": {"annotations": {"platform.internal/allow-deletion": uid}}}
        self.core.patch_namespace(name, allowed)
        self.core.delete_namespace(name)
        until(lambda: not self.exists(name), f"namespace {name} gone")


def until(condition: Callable[[], Any], what: str, *, seconds: float = _DEADLINE_SECONDS) -> None:
    """Wait for a condition of the API's own.

    Args:
        condition: asked again and again until it is true.
        what: what is waited for, for the failure's message.
        seconds: for how long.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for: {what}"
        time.sleep(0.2)
