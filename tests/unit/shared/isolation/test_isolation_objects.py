"""The objects of isolation: always the same labels, and a rule for each exception.

What the policies let through is in tests/integration/evaluators/test_network_flows.py.
"""

from typing import Any

import pytest

from shared.isolation.objects import ENFORCE, namespace_labels, network_policies
from tests.unit.shared.isolation.objects import resolved

SECURITY = {"enforce": "baseline", "audit": "restricted", "warn": "privileged", "version": "v1.31"}


@pytest.mark.parametrize(
    "settings",
    [{"team": "backend"}, {"profile": "large", "cost_center": "42"}, {"governed_by": "application"}],
)
def test_a_namespace_has_the_same_labels_whatever_its_settings(settings: dict[str, Any]) -> None:
    """A label that came and went by a setting would stay on the live object."""
    assert namespace_labels(resolved(**settings)).keys() == namespace_labels(resolved()).keys()


def test_a_namespace_is_restricted_and_has_a_size_by_default() -> None:
    found = namespace_labels(resolved())
    assert found["platform.internal/profile"] == "medium"
    assert (found["platform.internal/team"], found["platform.internal/cost-center"]) == ("", "")
    assert (found[ENFORCE], found[f"{ENFORCE}-version"]) == ("restricted", "latest")


def test_each_mode_of_pod_security_has_its_own_level() -> None:
    found = namespace_labels(resolved(isolation={"pod_security": SECURITY}))
    for mode in ("enforce", "audit", "warn"):
        assert found[f"pod-security.kubernetes.io/{mode}"] == SECURITY[mode]
        assert found[f"pod-security.kubernetes.io/{mode}-version"] == "v1.31"


def by_name(namespace: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}


def test_each_exception_is_a_rule_of_its_own_in_its_own_direction() -> None:
    """Peers and ports of one rule multiply, so two exceptions must not share one."""
    network = {
        "allow_from": [{"namespace": "monitoring", "ports": [9090]}, {"namespace": "audit"}],
        "allow_to": [{"cidr": "10.0.0.0/8", "excluding": ["10.1.0.0/16"], "ports": [5432]}],
    }
    found = network_policies(resolved(isolation={"network": network}))["platform-exceptions"]
    assert found["ingress"] == [
        {"from": [by_name("monitoring")], "ports": [{"protocol": "TCP", "port": 9090}]},
        {"from": [by_name("audit")]},
    ]
    block = {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}
    assert found["egress"] == [{"to": [{"ipBlock": block}], "ports": [{"protocol": "TCP", "port": 5432}]}]
