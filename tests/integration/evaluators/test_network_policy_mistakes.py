"""The evaluator of network policies judges nothing that it cannot read: such a policy would let all through."""

from typing import Any

import pytest

from tests.evaluators.network_policy import Flow, Pod, evaluate
from tests.integration.evaluators.handwritten import DENY, NAMESPACES, PODS, policy

pytestmark = pytest.mark.timeout(1800)

REFUSED: dict[str, tuple[list[dict[str, Any]], list[Flow], str]] = {
    "a field that the API does not have": ([policy({"policy_types": ["Ingress"]})], [], "unknown field"),
    "another kind": ([{**DENY, "kind": "Service"}], [], "Service"),
    "a namespace that is not there": ([policy({}, namespace="nowhere")], [], "no namespace"),
    "a network that is none": (
        [policy({"ingress": [{"from": [{"ipBlock": {"cidr": "203.0.113.7"}}]}]})],
        [],
        "invalid CIDR",
    ),
    "an exception that is no network": (
        [policy({"ingress": [{"from": [{"ipBlock": {"cidr": "203.0.0.0/16", "except": ["x"]}}]}]})],
        [],
        "invalid CIDR",
    ),
    "a peer of two kinds": (
        [policy({"egress": [{"to": [{"podSelector": {}, "ipBlock": {"cidr": "203.0.0.0/16"}}]}]})],
        [],
        "either selectors or an ipBlock",
    ),
    "a peer of no kind": ([policy({"egress": [{"to": [{}]}]})], [], "either selectors or an ipBlock"),
    "a selector that is none": (
        [policy({"podSelector": {"matchExpressions": [{"key": "app", "operator": "Is"}]}})],
        [],
        "Is",
    ),
    "a pod that is not there": ([], [Flow("shop/web", "shop/absent", 1)], "no pod shop/absent"),
    "an address that is none": ([], [Flow("shop/web", "example.com", 1)], "neither"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_judged_is_told(case: str) -> None:
    policies, flows, told = REFUSED[case]
    with pytest.raises(ValueError, match=told):
        evaluate(NAMESPACES, PODS, policies, flows)


def test_two_pods_of_one_address_are_told() -> None:
    with pytest.raises(ValueError, match="the same IP address"):
        evaluate(NAMESPACES, [*PODS, Pod("shop", "twin", "10.0.0.1")], [], [])
