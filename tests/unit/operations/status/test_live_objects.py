"""What is read of the live cluster."""

from typing import Any

import pytest

from operations.drift import Difference
from operations.status import facts
from operations.status.facts import AdmissionPolicy, Workload, admission_policies, observe_all
from shared.labels import OWNER_POLICY
from shared.state import StateObject
from tests.unit.cluster import Objects
from tests.unit.shared.graph import ROOT

DELETION_POLICY = "namespace-deletion.platform.internal"


def _item(name: str, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **metadata}}


def _namespace(name: str, **metadata: Any) -> dict[str, Any]:
    return _item(name, uid=f"uid-{name}", creationTimestamp="2026-11-20T10:00:00Z", **metadata)


def _manages(time: str, annotation: str) -> dict[str, Any]:
    return {"manager": "any", "time": time, "fieldsV1": {"f:metadata": {"f:annotations": {annotation: {}}}}}


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
                {"manager": "any", "time": "2026-11-24T09:40:00Z", "fieldsV1": {"f:spec": {}}},
            ],
        ),
        _namespace("bare"),
    ],
    "/api/v1/resourcequotas": [
        _item("platform-quota", namespace="dev", labels={"platform.internal/owner": "b.dev"})
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
    "/apis/networking.k8s.io/v1/ingresses": [
        _item("web", namespace="dev") | {"spec": {"rules": [{"host": "a.example.com"}]}},
        _item("web", namespace="bare") | {"spec": {"rules": [{"host": "a.example.com"}, {"http": {}}]}},
        _item("default", namespace="bare") | {"spec": {"defaultBackend": {}}},
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
}


@pytest.fixture(autouse=True)
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the made-up API server answer."""
    answers = Objects({path: {"items": items} for path, items in ANSWERS.items()})
    monkeypatch.setattr(facts, "cluster_api", answers.connected)


def test_namespaces_quotas_and_isolation_are_observed() -> None:
    found = observe_all("given")
    # The cluster's own namespaces are left out.
    assert (found.cluster.identifier, set(found.cluster.namespaces)) == ("uid-kube-system", {"dev", "bare"})
    dev, bare = (found.cluster.namespaces[name] for name in ("dev", "bare"))
    assert (dev.owner, dev.previous_owner, dev.deletion_allowed) == ("a.dev", "b.dev", "uid-dev")
    assert (dev.terminating, bare.terminating, bare.owner) == (True, False, "")
    assert (dev.adopted, bare.adopted) == ("2026-11-24T09:00:00Z", "")
    assert set(found.cluster.quotas) == {"dev"}
    assert (found.cluster.quotas["dev"].manager, found.cluster.quotas["dev"].used) == (
        "b.dev",
        {"pods": "3"},
    )
    assert found.isolation["dev"] == {"ResourceQuota": 1, "RoleBinding": 2}
    assert found.isolation["bare"] == {"ResourceQuota": 1}


def test_each_host_is_observed_with_the_namespaces_that_serve_it() -> None:
    assert observe_all("given").hosts == {"a.example.com": {"dev", "bare"}, "": {"bare"}}


def test_workloads_are_observed_where_they_are_asked_for() -> None:
    found = observe_all("given", with_workloads=True).workloads
    assert found["dev"] == (
        Workload("Deployment", "web", 3, 1, "web:1", "Too few; FailedCreate"),
        Workload("StatefulSet", "store", 1, 0),
    )
    assert found["bare"] == (Workload("DaemonSet", "agent", 4, 4),)
    assert observe_all("given").workloads == {}


def test_an_admission_policy_is_active_where_it_is_there_and_its_binding_is_as_declared() -> None:
    root = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    declared = [
        StateObject(f"{kind}{name}", f"{root}{kind}", name)
        for name in (DELETION_POLICY, OWNER_POLICY)
        for kind in ("", "Binding")
    ]
    changed = Difference(declared[3], ("f:spec",), 1, 2)
    found = {policy.name: policy for policy in admission_policies(declared, [changed])}
    assert found[DELETION_POLICY] == AdmissionPolicy(DELETION_POLICY)
    assert found[OWNER_POLICY] == AdmissionPolicy(OWNER_POLICY, bound=False)
    others = found.keys() - {DELETION_POLICY, OWNER_POLICY}
    assert {found[name] for name in others} == {
        AdmissionPolicy(name, installed=False, bound=False) for name in others
    }
    files = {file.stem for file in (ROOT / "infrastructure" / "policies").glob("*.yaml")}
    assert {f"{name}.platform.internal" for name in files if not name.startswith("role-")} == found.keys()
    without = {one.name: one for one in admission_policies(declared, [Difference(declared[0])])}
    assert not without[DELETION_POLICY].installed
