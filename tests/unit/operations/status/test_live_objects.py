"""What is read of the live cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from operations.status import live
from operations.status.facts import DELETION_GUARD, OWNER_GUARD, GuardFacts, PolicyCounts
from operations.status.live import read_live

ADMISSION = "/apis/admissionregistration.k8s.io/v1"


def _item(name: str, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **metadata}}


def _namespace(name: str, **metadata: Any) -> dict[str, Any]:
    return _item(name, uid=f"uid-{name}", creationTimestamp="2026-11-20T10:00:00Z", **metadata)


def _binding(policy: str, action: str) -> dict[str, Any]:
    return {"metadata": {"name": "any"}, "spec": {"policyName": policy, "validationActions": [action]}}


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
        ),
        _namespace("bare"),
    ],
    "/api/v1/resourcequotas": [_item("q", namespace="dev")],
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
    assert bare.policies == PolicyCounts()


def test_a_guard_is_in_force_where_a_binding_denies_by_it() -> None:
    assert read_live("given").guards == (GuardFacts(DELETION_GUARD), GuardFacts(OWNER_GUARD, bound=False))
