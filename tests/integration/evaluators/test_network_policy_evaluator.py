"""The evaluator of network policies says what Kubernetes' documentation says, on policies written by hand."""

from typing import Any

import pytest

from tests.evaluators.network_policy import Flow, Namespace, Pod, evaluate
from tests.integration.evaluators.handwritten import DENY, NAMESPACES, OUTSIDE, PODS, namespace, policy, ports

pytestmark = pytest.mark.timeout(1800)

EVERY = [
    Flow("stock/web", "shop/web", 8001),
    Flow("shop/web", "stock/web", 8001),
    Flow("shop/job", "shop/web", 8001),
]

# What a policy adds to one that denies all: which flows go through, and which do not.
CASES: dict[str, tuple[dict[str, Any], list[Flow], list[Flow]]] = {
    "DNS": (
        {
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [
                        {**namespace("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
                    ],
                    **ports({"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}),
                }
            ],
        },
        [Flow("shop/web", "kube-system/dns", 53, "UDP"), Flow("shop/job", "kube-system/dns", 53)],
        [
            Flow("shop/web", "kube-system/dns", 54, "UDP"),
            Flow("shop/web", "kube-system/metrics", 53, "UDP"),
            Flow("shop/web", OUTSIDE, 53, "UDP"),
        ],
    ),
    "the same namespace": (
        {"ingress": [{"from": [{"podSelector": {}}]}], "egress": [{"to": [{"podSelector": {}}]}]},
        [Flow("shop/job", "shop/web", 8001), Flow("shop/web", "shop/job", 1)],
        [Flow("stock/web", "shop/web", 8001), Flow("shop/web", "stock/web", 8001)],
    ),
    "an ingress controller's namespace": (
        {"ingress": [{"from": [namespace("ingress")], **ports({"port": 8001})}]},
        [Flow("ingress/controller", "shop/web", 8001)],
        [
            Flow("ingress/controller", "shop/web", 8002),
            Flow("ingress/controller", "shop/web", 8001, "UDP"),
            Flow("stock/web", "shop/web", 8001),
            Flow(OUTSIDE, "shop/web", 8001),
        ],
    ),
    "namespaces by an expression": (
        {
            "ingress": [
                {
                    "from": [
                        {
                            "namespaceSelector": {
                                "matchExpressions": [{"key": "team", "operator": "In", "values": ["retail"]}]
                            }
                        }
                    ]
                }
            ]
        },
        [Flow("stock/web", "shop/web", 1), Flow("stock/ledger", "shop/web", 1)],
        [Flow("ingress/controller", "shop/web", 1)],
    ),
    "some pods of a namespace": (
        {"egress": [{"to": [{**namespace("stock"), "podSelector": {"matchLabels": {"app": "ledger"}}}]}]},
        [Flow("shop/web", "stock/ledger", 5432)],
        [Flow("shop/web", "stock/web", 5432)],
    ),
    "some pods alone": (
        {"podSelector": {"matchLabels": {"app": "web"}}, "ingress": [{"from": [namespace("stock")]}]},
        [Flow("stock/web", "shop/web", 8001)],
        [Flow("stock/web", "shop/job", 8001)],
    ),
    "a network with an exception, from pods": (
        {"egress": [{"to": [{"ipBlock": {"cidr": "203.0.0.0/16", "except": ["203.0.9.0/24"]}}]}]},
        [Flow("shop/web", "203.0.113.7", 443), Flow("shop/web", "203.0.8.255", 443)],
        [
            Flow("shop/web", "203.0.9.1", 443),
            Flow("shop/web", "203.1.0.1", 443),
            Flow("203.0.113.7", "shop/web", 443),
        ],
    ),
    "a network with an exception, to pods": (
        {"ingress": [{"from": [{"ipBlock": {"cidr": "203.0.0.0/16", "except": ["203.0.9.0/24"]}}]}]},
        [Flow("203.0.113.7", "shop/web", 443)],
        [Flow("203.0.9.1", "shop/web", 443), Flow("198.51.100.1", "shop/web", 443)],
    ),
    "a port by its name": (
        {"ingress": [{"from": [namespace("stock")], **ports({"port": "http"})}]},
        [Flow("stock/web", "shop/web", 8001), Flow("stock/web", "shop/job", 8080)],
        [Flow("stock/web", "shop/web", 8080), Flow("stock/web", "shop/job", 8001)],
    ),
    "a range of ports": (
        {"ingress": [{"from": [namespace("stock")], **ports({"port": 8000, "endPort": 8002})}]},
        [Flow("stock/web", "shop/web", number) for number in (8000, 8001, 8002)],
        [Flow("stock/web", "shop/web", number) for number in (7999, 8003)],
    ),
    "SCTP": (
        {"ingress": [{"from": [namespace("stock")], **ports({"port": 9000, "protocol": "SCTP"})}]},
        [Flow("stock/web", "shop/web", 9000, "SCTP")],
        [Flow("stock/web", "shop/web", 9000), Flow("stock/web", "shop/web", 9001, "SCTP")],
    ),
    "all that is not listed": (
        {"ingress": [{}]},
        [Flow("stock/web", "shop/web", 8001), Flow(OUTSIDE, "shop/web", 1, "UDP")],
        [Flow("shop/web", "stock/web", 8001)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_policy_adds_goes_through_and_nothing_else(case: str) -> None:
    spec, through, stopped = CASES[case]
    verdicts = evaluate(NAMESPACES, PODS, [DENY, policy(spec)], [*through, *stopped])
    assert verdicts == [True] * len(through) + [False] * len(stopped)


@pytest.mark.parametrize("case", CASES)
def test_without_the_policy_none_of_it_goes_through(case: str) -> None:
    _, through, stopped = CASES[case]
    assert not any(evaluate(NAMESPACES, PODS, [DENY], [*through, *stopped]))


def test_without_policies_everything_goes_through() -> None:
    flows = [*EVERY, Flow(OUTSIDE, "shop/web", 1), Flow("shop/web", OUTSIDE, 1, "SCTP")]
    assert all(evaluate(NAMESPACES, PODS, [], flows))


def test_a_policy_concerns_its_own_namespace_alone() -> None:
    flows = [Flow("stock/web", "stock/ledger", 1), Flow("stock/web", "ingress/controller", 1)]
    assert all(evaluate(NAMESPACES, PODS, [DENY], flows))


def test_an_empty_list_of_rules_lets_nothing_through() -> None:
    empty = policy({"policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": []})
    assert evaluate(NAMESPACES, PODS, [empty], EVERY) == [False, False, False]


def test_a_policy_without_types_is_about_what_it_has_rules_for_and_always_about_ingress() -> None:
    ingress, egress = policy({}), policy({"egress": [{"to": [namespace("ingress")]}]})
    assert evaluate(NAMESPACES, PODS, [ingress], EVERY) == [False, True, False]
    assert evaluate(NAMESPACES, PODS, [egress], EVERY) == [False, False, False]


def test_a_policy_of_one_type_says_nothing_of_the_other() -> None:
    assert evaluate(NAMESPACES, PODS, [policy({"policyTypes": ["Egress"]})], EVERY) == [True, False, False]


def test_both_ends_have_to_agree() -> None:
    leaving = policy({"egress": [{"to": [namespace("stock")]}], "policyTypes": ["Egress"]})
    arriving = policy({"ingress": [{"from": [namespace("shop")]}]}, namespace="stock")
    closed = policy({"policyTypes": ["Ingress"]}, name="deny", namespace="stock")
    flow = [Flow("shop/web", "stock/web", 8001)]
    assert evaluate(NAMESPACES, PODS, [DENY, leaving, closed, arriving], flow) == [True]
    assert evaluate(NAMESPACES, PODS, [DENY, leaving, closed], flow) == [False]
    assert evaluate(NAMESPACES, PODS, [DENY, closed, arriving], flow) == [False]


def test_policies_add_up() -> None:
    from_stock = policy({"ingress": [{"from": [namespace("stock")]}]}, name="stock")
    from_ingress = policy({"ingress": [{"from": [namespace("ingress")]}]}, name="ingress")
    flows = [Flow("stock/web", "shop/web", 1), Flow("ingress/controller", "shop/web", 1)]
    assert evaluate(NAMESPACES, PODS, [DENY, from_stock, from_ingress], flows) == [True, True]
    assert evaluate(NAMESPACES, PODS, [DENY, from_stock], flows) == [True, False]


def test_a_label_cannot_pass_one_namespace_off_as_another() -> None:
    liar = Namespace("liar", {"kubernetes.io/metadata.name": "ingress"})
    grant = policy({"ingress": [{"from": [namespace("ingress")]}]})
    flow = [Flow("liar/pod", "shop/web", 8001)]
    assert evaluate([*NAMESPACES, liar], [*PODS, Pod("liar", "pod", "10.0.4.1")], [DENY, grant], flow) == [
        False
    ]


def test_addresses_may_be_of_ip_version_6() -> None:
    pods = [Pod("shop", "web", "2001:db8::1")]
    grant = policy({"egress": [{"to": [{"ipBlock": {"cidr": "2001:db8:1::/48"}}]}]})
    flows = [Flow("shop/web", "2001:db8:1::5", 443), Flow("shop/web", "2001:db8:2::5", 443)]
    assert evaluate(NAMESPACES, pods, [DENY, grant], flows) == [True, False]
