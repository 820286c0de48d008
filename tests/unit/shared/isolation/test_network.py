"""The network policies: nothing in and nothing out, but what settings mean, with its ports and nothing beside it."""

from typing import Any

import pytest

from shared.isolation.network import POLICIES
from tests.unit.shared.isolation import objects
from tests.unit.shared.isolation.specifications import specification

NAME = "kubernetes.io/metadata.name"


def policy(name: str, **network: Any) -> dict[str, Any]:
    return POLICIES[name](specification(isolation={"network": network}))


def exceptions(**network: Any) -> dict[str, Any]:
    return policy("platform-exceptions", **network)


def by_name(namespace: str) -> dict[str, Any]:
    return {"namespace_selector": {"match_labels": {NAME: namespace}}}


def test_there_are_always_the_same_policies() -> None:
    assert tuple(POLICIES) == objects.POLICIES


@pytest.mark.parametrize("name", POLICIES)
def test_each_policy_is_about_all_pods(name: str) -> None:
    assert policy(name)["pod_selector"] == {}


def test_nothing_comes_in_or_goes_out_by_default() -> None:
    assert policy("platform-default-deny") == {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}


def test_names_are_resolved_by_the_clusters_dns_and_nothing_else() -> None:
    found = policy("platform-dns")
    assert found["policy_types"] == ["Egress"]
    assert "ingress" not in found
    (rule,) = found["egress"]
    (peer,) = rule["to"]
    # One peer with both selectors; two peers would be all of kube-system, or these pods anywhere.
    assert peer == {**by_name("kube-system"), "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}}}
    assert rule["ports"] == [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]


def test_pods_of_the_namespace_talk_to_one_another_and_to_no_other_namespace() -> None:
    found = policy("platform-within-namespace")
    assert found["policy_types"] == ["Ingress", "Egress"]
    # Without a namespace selector a pod selector is about the policy's own namespace.
    assert found["ingress"] == [{"from_": [{"pod_selector": {}}]}]
    assert found["egress"] == [{"to": [{"pod_selector": {}}]}]


def test_requests_come_from_the_ingress_controllers_to_the_ports_that_are_named() -> None:
    found = policy("platform-ingress-controller")
    assert found["policy_types"] == ["Ingress"]
    assert found["ingress"] == [
        {"from_": [by_name("ingress-nginx")], "ports": [{"protocol": "TCP", "port": 8001}]}
    ]
    several = [{"namespace": "gateway", "ports": [8001]}, {"cidr": "10.0.0.0/16"}]
    assert policy("platform-ingress-controller", ingress_controllers=several)["ingress"] == [
        {"from_": [by_name("gateway")], "ports": [{"protocol": "TCP", "port": 8001}]},
        {"from_": [{"ip_block": {"cidr": "10.0.0.0/16"}}]},
    ]
    assert policy("platform-ingress-controller", ingress_controllers=[])["ingress"] == []


def test_without_exceptions_there_are_none_and_the_policy_stays() -> None:
    assert exceptions() == {
        "pod_selector": {},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [],
    }


def test_each_exception_is_a_rule_of_its_own_in_its_own_direction() -> None:
    """Peers and ports of one rule multiply, so two exceptions must not share one."""
    found = exceptions(
        allow_from=[{"namespace": "monitoring", "ports": [9090]}, {"namespace": "audit"}],
        allow_to=[{"cidr": "10.1.0.0/16", "ports": [5432]}],
    )
    assert found["ingress"] == [
        {"from_": [by_name("monitoring")], "ports": [{"protocol": "TCP", "port": 9090}]},
        {"from_": [by_name("audit")]},
    ]
    assert found["egress"] == [
        {"to": [{"ip_block": {"cidr": "10.1.0.0/16"}}], "ports": [{"protocol": "TCP", "port": 5432}]}
    ]


@pytest.mark.parametrize(
    ("written", "port"),
    [
        (5432, {"protocol": "TCP", "port": 5432}),
        ("5432", {"protocol": "TCP", "port": 5432}),
        ("5432/TCP", {"protocol": "TCP", "port": 5432}),
        ("53/UDP", {"protocol": "UDP", "port": 53}),
        ("3868/SCTP", {"protocol": "SCTP", "port": 3868}),
        ("8000-8100", {"protocol": "TCP", "port": 8000, "end_port": 8100}),
        ("30000-32767/UDP", {"protocol": "UDP", "port": 30000, "end_port": 32767}),
        (1, {"protocol": "TCP", "port": 1}),
        (65535, {"protocol": "TCP", "port": 65535}),
    ],
)
def test_a_port_is_one_or_a_range_of_a_protocol(written: Any, port: dict[str, Any]) -> None:
    (rule,) = exceptions(allow_to=[{"namespace": "other", "ports": [written]}])["egress"]
    assert rule["ports"] == [port]


def test_a_network_may_leave_some_of_it_out() -> None:
    peer = {"cidr": "0.0.0.0/0", "excluding": ["10.0.0.0/8", "169.254.169.254/32"], "ports": [443, "53/UDP"]}
    (rule,) = exceptions(allow_to=[peer])["egress"]
    assert rule == {
        "to": [{"ip_block": {"cidr": "0.0.0.0/0", "except_": ["10.0.0.0/8", "169.254.169.254/32"]}}],
        "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "UDP", "port": 53}],
    }
