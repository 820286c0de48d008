"""The network policies: nothing in, nothing out, and then each connection that is meant.

Their number is fixed, so that a rule that goes is a change of an object and never an object left behind.
"""

from collections.abc import Callable, Sequence
from typing import Any

from shared.isolation.specification import IsolationSpecification
from shared.settings.isolation import Peer

Policy = dict[str, Any]

_NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Label of every namespace, set by the API server itself."""

_ALL_PODS: dict[str, Any] = {}


def _default_deny(_: IsolationSpecification) -> Policy:
    return {"pod_selector": _ALL_PODS, "policy_types": ["Ingress", "Egress"]}


def _dns(_: IsolationSpecification) -> Policy:
    return _egress(
        [
            {
                "to": [
                    {
                        "namespace_selector": {"match_labels": {_NAMESPACE_NAME: "kube-system"}},
                        "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
                    }
                ],
                "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
            }
        ]
    )


def _within_namespace(_: IsolationSpecification) -> Policy:
    return {
        "pod_selector": _ALL_PODS,
        "policy_types": ["Ingress", "Egress"],
        "ingress": [{"from_": [{"pod_selector": _ALL_PODS}]}],
        "egress": [{"to": [{"pod_selector": _ALL_PODS}]}],
    }


def _ingress_controller(isolation: IsolationSpecification) -> Policy:
    return _ingress(_rules(isolation.resolved.network.ingress_controllers or (), "from_"))


def _exceptions(isolation: IsolationSpecification) -> Policy:
    network = isolation.resolved.network
    return {
        "pod_selector": _ALL_PODS,
        "policy_types": ["Ingress", "Egress"],
        "ingress": _rules(network.allow_from, "from_"),
        "egress": _rules(network.allow_to, "to"),
    }


POLICIES: dict[str, Callable[[IsolationSpecification], Policy]] = {
    "platform-default-deny": _default_deny,
    "platform-dns": _dns,
    "platform-within-namespace": _within_namespace,
    "platform-ingress-controller": _ingress_controller,
    "platform-exceptions": _exceptions,
}
"""The specs by the policies' names. Policies add up: https://kubernetes.io/docs/concepts/services-networking/network-policies/"""


def _ingress(rules: list[dict[str, Any]]) -> Policy:
    return {"pod_selector": _ALL_PODS, "policy_types": ["Ingress"], "ingress": rules}


def _egress(rules: list[dict[str, Any]]) -> Policy:
    return {"pod_selector": _ALL_PODS, "policy_types": ["Egress"], "egress": rules}


def _rules(peers: Sequence[Peer], direction: str) -> list[dict[str, Any]]:
    return [
        {direction: [_peer(peer)], **({"ports": [_port(port) for port in peer.ports]} if peer.ports else {})}
        for peer in peers
    ]


def _peer(peer: Peer) -> dict[str, Any]:
    if peer.namespace:
        return {"namespace_selector": {"match_labels": {_NAMESPACE_NAME: peer.namespace}}}
    block: dict[str, Any] = {"cidr": peer.cidr}
    if peer.excluding:
        block["except_"] = list(peer.excluding)
    return {"ip_block": block}


def _port(port: int | str) -> dict[str, Any]:
    ports, _, protocol = str(port).partition("/")
    first, _, last = ports.partition("-")
    return {
        "protocol": protocol or "TCP",
        "port": int(first),
        **({"end_port": int(last)} if last else {}),
    }
