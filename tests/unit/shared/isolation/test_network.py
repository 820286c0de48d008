"""The network policies: nothing in and nothing out but what the settings allow, with its ports."""

from typing import Any

import pytest

from shared.isolation.objects import network_policies
from tests.unit.shared.isolation import objects
from tests.unit.shared.isolation.resolved import resolved

NAME = "kubernetes.io/metadata.name"


def policy(name: str, **network: Any) -> dict[str, Any]:
    return network_policies(resolved(isolation={"network": network}))[name]


def by_name(namespace: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {NAME: namespace}}}


def test_every_policy_is_for_all_pods_and_allows_nothing_by_default() -> None:
    policies = network_policies(resolved())
    assert tuple(policies) == objects.POLICIES
    assert all(one["podSelector"] == {} for one in policies.values())
    both = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert policies["platform-default-deny"] == both
    assert policies["platform-exceptions"] == {**both, "ingress": [], "egress": []}


def test_names_are_resolved_by_the_clusters_dns_and_nothing_else() -> None:
    found = policy("platform-dns")
    assert found["policyTypes"] == ["Egress"]
    assert "ingress" not in found
    (rule,) = found["egress"]
    (peer,) = rule["to"]
    # One peer with both selectors; two peers would be all of kube-system, or these pods anywhere.
    assert peer == {**by_name("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    assert rule["ports"] == [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]


def test_pods_of_the_namespace_talk_to_one_another_and_to_no_other_namespace() -> None:
    found = policy("platform-within-namespace")
    assert found["policyTypes"] == ["Ingress", "Egress"]
    # Without a namespace selector a pod selector is about the policy's own namespace.
    assert found["ingress"] == [{"from": [{"podSelector": {}}]}]
    assert found["egress"] == [{"to": [{"podSelector": {}}]}]


def test_requests_come_from_the_ingress_controllers_to_the_ports_that_are_named() -> None:
    found = policy("platform-ingress-controller")
    assert found["policyTypes"] == ["Ingress"]
    assert found["ingress"] == [
        {"from": [by_name("ingress-nginx")], "ports": [{"protocol": "TCP", "port": "http"}]}
    ]
    several = [{"namespace": "gateway", "ports": [8001]}, {"cidr": "10.0.0.0/16"}]
    assert policy("platform-ingress-controller", ingress_controllers=several)["ingress"] == [
        {"from": [by_name("gateway")], "ports": [{"protocol": "TCP", "port": 8001}]},
        {"from": [{"ipBlock": {"cidr": "10.0.0.0/16"}}]},
    ]
    assert policy("platform-ingress-controller", ingress_controllers=[])["ingress"] == []


def test_each_exception_is_a_rule_of_its_own_in_its_own_direction() -> None:
    """Peers and ports of one rule multiply, so two exceptions must not share one."""
    found = policy(
        "platform-exceptions",
        allow_from=[{"namespace": "monitoring", "ports": [9090]}, {"namespace": "audit"}],
        allow_to=[{"cidr": "10.0.0.0/8", "excluding": ["10.1.0.0/16"], "ports": [5432]}],
    )
    assert found["ingress"] == [
        {"from": [by_name("monitoring")], "ports": [{"protocol": "TCP", "port": 9090}]},
        {"from": [by_name("audit")]},
    ]
    block = {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}
    assert found["egress"] == [{"to": [{"ipBlock": block}], "ports": [{"protocol": "TCP", "port": 5432}]}]


@pytest.mark.parametrize(
    ("written", "port"),
    [
        (5432, {"protocol": "TCP", "port": 5432}),
        ("metrics", {"protocol": "TCP", "port": "metrics"}),
        ("53/UDP", {"protocol": "UDP", "port": 53}),
        ("8000-8100", {"protocol": "TCP", "port": 8000, "endPort": 8100}),
        ("30000-32767/UDP", {"protocol": "UDP", "port": 30000, "endPort": 32767}),
    ],
)
def test_a_port_is_one_or_a_range_of_a_protocol(written: Any, port: dict[str, Any]) -> None:
    (rule,) = policy("platform-exceptions", allow_to=[{"namespace": "other", "ports": [written]}])["egress"]
    assert rule["ports"] == [port]
