"""What is read of the live cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from operations.status import live
from operations.status.facts import GuardFacts, PolicyCounts
from operations.status.live import read_live
from operations.status.quotas import QuotaFacts
from operations.status.workloads import WorkloadFacts
from shared.policies import DELETION_GUARD, LABEL_GUARD, OWNER_GUARD

ADMISSION = "/apis/admissionregistration.k8s.io/v1"


def _item(name: str, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **metadata}}


def _namespace(name: str, **metadata: Any) -> dict[str, Any]:
    return _item(name, uid=f"uid-{name}", creationTimestamp="2026-11-20T10:00:00Z", **metadata)


def _binding(policy: str, action: str) -> dict[str, Any]:
    return {"metadata": {"name": "any"}, "spec": {"policyName": policy, "validationActions": [action]}}


def _manages(time: str, annotation: str) -> dict[str, Any]:
    return {"time": time, "fieldsV1": {"f:metadata": {"f:annotations": {annotation: {}}}}}


ANSWERS: dict[str, list[dict[str, Any]]] = {
    "/api/v1/namespaces": [
        _namespace("kube-system"),
        _namespace("default"),
        _namespace(
            "dev",
            labels={"platform.internal/owner": "a.dev"},
            annotations={
                "platform.internal/previous-owner": "b.dev",
                "platform.internal/allow-deletion": "uid-dev",
            },
            deletionTimestamp="2026-11-24T10:00:00Z",
            managedFields=[
                _manages("2026-11-24T08:00:00Z", "f:platform.internal/previous-owner"),
                _manages("2026-11-24T09:00:00Z", "f:platform.internal/previous-owner"),
                _manages("2026-11-24T09:30:00Z", "f:platform.internal/allow-deletion"),
                {"time": "2026-11-24T09:40:00Z", "fieldsV1": {"f:spec": {}}},
            ],
        ),
        _namespace("bare"),
    ],
    "/api/v1/resourcequotas": [
        _item("q", namespace="dev")
        | {
            "spec": {"hard": {"pods": "5"}},
            "status": {"hard": {"pods": "5", "cpu": "2"}, "used": {"pods": "3"}},
        },
        _item("new", namespace="bare") | {"spec": {"hard": {"pods": "7"}}},
    ],
    "/apis/apps/v1/deployments": [
        _item("web", namespace="dev", labels={"platform.internal/owner": "a.dev"})
        | {
            "spec": {
                "replicas": 3,
                "template": {"spec": {"containers": [{"image": "web:1"}, {"image": "x"}]}},
            },
            "status": {
                "readyReplicas": 1,
                "conditions": [
                    {"type": "Available", "status": "False", "message": "Too few."},
                    {"type": "Progressing", "status": "True", "message": "Going on."},
                    {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"},
                ],
            },
        },
    ],
    "/apis/apps/v1/statefulsets": [_item("store", namespace="dev")],
    "/apis/apps/v1/daemonsets": [
        _item("agent", namespace="bare") | {"status": {"desiredNumberScheduled": 4, "numberReady": 4}}
    ],
    "/apis/rbac.authorization.k8s.io/v1/rolebindings": [
        _item("a", namespace="dev"),
        _item("b", namespace="dev"),
        _item("c", namespace="kube-system"),
    ],
    f"{ADMISSION}/validatingadmissionpolicies": [_item(DELETION_GUARD), _item(OWNER_GUARD)],
    f"{ADMISSION}/validatingadmissionpolicybindings": [
        _binding(DELETION_GUARD, "Deny"),
        _binding(OWNER_GUARD, "Warn"),
    ],
}


class _Api:
    def get(self, path: str, *, accept: str = "") -> Any:
        """Read a list; None where the server has no such resource."""
        return {"items": ANSWERS[path]} if path in ANSWERS else None


@pytest.fixture(autouse=True)
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the made-up API server answer."""

    @contextmanager
    def connected(kubeconfig: str) -> Iterator[_Api]:
        assert kubeconfig == "given"
        yield _Api()

    monkeypatch.setattr(live, "cluster_api", connected)


def test_the_clusters_own_namespaces_are_left_out() -> None:
    found = read_live("given")
    assert set(found.namespaces) == {"dev", "bare"}
    assert found.identifier == "uid-kube-system"


def test_owner_annotations_deletion_and_policies_are_read() -> None:
    found = read_live("given").namespaces
    dev, bare = found["dev"], found["bare"]
    assert (dev.owner, dev.previous_owner, dev.deletion_allowed) == ("a.dev", "b.dev", "uid-dev")
    assert (dev.terminating, bare.terminating, bare.owner) == (True, False, "")
    assert dev.policies == PolicyCounts(resource_quotas=1, role_bindings=2)
    assert bare.policies == PolicyCounts(resource_quotas=1)
    assert (dev.taken_over, bare.taken_over) == ("2026-11-24T09:00:00Z", "")


def test_quotas_are_read_with_what_is_used_of_them() -> None:
    found = read_live("given").namespaces
    assert found["dev"].quotas == (QuotaFacts("q", "cpu", "0", "2"), QuotaFacts("q", "pods", "3", "5"))
    assert found["bare"].quotas == (QuotaFacts("new", "pods", "0", "7"),)


def test_workloads_are_read_where_they_are_asked_for() -> None:
    found = read_live("given", with_workloads=True).namespaces
    assert found["dev"].workloads == (
        WorkloadFacts("Deployment", "web", "a.dev", 3, 1, "web:1", "Too few; FailedCreate"),
        WorkloadFacts("StatefulSet", "store", "", 1, 0),
    )
    assert found["bare"].workloads == (WorkloadFacts("DaemonSet", "agent", "", 4, 4),)
    assert read_live("given").namespaces["dev"].workloads == ()


def test_a_guard_is_in_force_where_a_binding_denies_by_it() -> None:
    assert read_live("given").guards == (
        GuardFacts(DELETION_GUARD),
        GuardFacts(OWNER_GUARD, bound=False),
        GuardFacts(LABEL_GUARD, installed=False, bound=False),
    )


def test_what_is_not_there_of_an_isolation_is_named() -> None:
    lacks = read_live("given").namespaces["dev"].isolation_lacks
    assert {"ResourceQuota/platform-quota", "NetworkPolicy/platform-default-deny"} < set(lacks)
