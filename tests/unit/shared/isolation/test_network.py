"""The network policies: what the table of flows (tests/integration/evaluators/test_network_flows.py) does not show."""

from typing import Any

from shared.isolation.objects import network_policies
from tests.unit.shared.isolation.resolved import resolved


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
