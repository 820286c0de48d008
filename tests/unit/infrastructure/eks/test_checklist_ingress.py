"""The checklist's items on what applications rely on: load balancers for Ingresses, metrics for autoscalers."""

import json
from typing import Any

import pytest

from infrastructure.eks.ingress import controller_policy
from infrastructure.eks.versions import LOAD_BALANCER_CONTROLLER_CHART
from shared.contract import Infrastructure
from tests.unit.infrastructure.eks.conftest import NAME, AwsGraph, deployed, run_eks

MOST_CHARACTERS = 6144
"""Of a managed policy, white space not counted: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def values(**eks: Any) -> dict[str, Any]:
    found: dict[str, Any] = deployed(**eks).one("Release").inputs["values"]
    return found


def test_the_load_balancer_controller_is_pinned_and_comes_from_its_authors(graph: AwsGraph) -> None:
    release = graph.one("Release").inputs
    assert release["chart"] == "aws-load-balancer-controller"
    assert release["version"] == LOAD_BALANCER_CONTROLLER_CHART
    assert release["repositoryOpts"] == {"repo": "https://aws.github.io/eks-charts"}
    assert release["namespace"] == "kube-system"
    assert release["atomic"] is True


def test_the_controller_is_told_what_it_cannot_ask_the_nodes_metadata_for() -> None:
    found = values()
    assert (found["clusterName"], found["region"], found["vpcId"]) == (NAME, "eu-central-1", "Vpc-vpc")


def test_load_balancers_send_to_pods_since_services_have_no_node_ports() -> None:
    assert values()["defaultTargetType"] == "ip"


def test_the_controller_runs_as_the_service_account_that_has_its_role(graph: AwsGraph) -> None:
    association = graph.named("PodIdentityAssociation", "load-balancers").inputs
    assert values()["serviceAccount"] == {"create": True, "name": association["serviceAccount"]}
    attached = graph.named("RolePolicyAttachment", "load-balancers-controller").inputs
    assert attached["policyArn"] == "arn:of:Policy:load-balancers"


def test_the_ingress_class_of_the_contract_is_served_by_the_controller(graph: AwsGraph) -> None:
    served = graph.one("IngressClass")
    assert served.metadata["name"] == "alb" == graph.exports["ingress_class"]
    assert served.inputs["spec"] == {
        "controller": "ingress.k8s.aws/alb",
        "parameters": {"apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": "alb"},
    }
    parameters = values()["ingressClassParams"]
    assert (parameters["create"], parameters["name"]) == (True, "alb")
    assert values()["createIngressClassResource"] is False


def test_another_name_of_the_class_is_one_everywhere() -> None:
    graph = run_eks(ingress_class="public")
    assert graph.one("IngressClass").metadata["name"] == "public" == graph.exports["ingress_class"]
    found = graph.one("Release").inputs["values"]
    assert found["ingressClass"] == found["ingressClassParams"]["name"] == "public"


def test_load_balancers_are_internal_unless_settings_say_otherwise() -> None:
    assert values()["ingressClassParams"]["spec"] == {"scheme": "internal"}
    certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/1234"
    wanted = {
        "scheme": "internet-facing",
        "certificate_arns": [certificate],
        "inbound_cidrs": ["203.0.113.0/24"],
    }
    assert values(load_balancer=wanted)["ingressClassParams"]["spec"] == {
        "scheme": "internet-facing",
        "certificateArn": [certificate],
        "inboundCIDRs": ["203.0.113.0/24"],
    }


@pytest.mark.parametrize("scheme", ["internal", "internet-facing"])
def test_the_contract_says_where_requests_come_from(scheme: str) -> None:
    graph = deployed(load_balancer={"scheme": scheme})
    kind = "private" if scheme == "internal" else "public"
    subnets = {item.inputs["cidrBlock"] for item in graph.of("Subnet") if item.name.startswith(f"{kind}-")}
    contract = Infrastructure.model_validate(graph.exports)
    assert {peer.cidr for peer in contract.ingress_controllers or ()} == subnets
    assert {peer.ports for peer in contract.ingress_controllers or ()} == {("8001",)}


def test_the_controller_outlives_no_ingress_class_and_needs_nodes_dns_and_rights(graph: AwsGraph) -> None:
    release = graph.one("Release")
    assert release.urn in graph.one("IngressClass").depends_on
    for needed in (
        graph.one("NodeGroup"),
        graph.named("Addon", "coredns"),
        graph.named("PodIdentityAssociation", "load-balancers"),
        graph.named("RolePolicyAttachment", "load-balancers-controller"),
    ):
        assert needed.urn in release.depends_on, needed.urn


def test_the_network_goes_last_of_all(graph: AwsGraph) -> None:
    """What is destroyed in reverse order leaves no load balancer, interface or address behind."""
    before = graph.before(graph.one("Release"))
    for kind in ("Vpc", "NatGateway", "InternetGateway", "Route", "NodeGroup", "LogGroup"):
        for item in graph.of(kind):
            assert item.urn in before or item.name == "network", item.urn


def test_pods_metrics_are_served_for_autoscalers(graph: AwsGraph) -> None:
    assert graph.named("Addon", "metrics-server").inputs["addonName"] == "metrics-server"


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_controllers_policy_is_one_that_iam_takes(region: str, partition: str) -> None:
    policy = json.loads(controller_policy(region))
    assert len(json.dumps(policy, separators=(",", ":"))) <= MOST_CHARACTERS
    assert policy["Version"] == "2012-10-17"
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Allow"
        resources = statement["Resource"]
        for resource in [resources] if isinstance(resources, str) else resources:
            assert resource == "*" or resource.split(":")[1] == partition


def test_the_controller_changes_only_what_it_made_itself() -> None:
    """By the tag that it puts on everything: the policy of its authors has it on each deletion."""
    for statement in json.loads(controller_policy("eu-central-1"))["Statement"]:
        if any(
            action.endswith(("DeleteLoadBalancer", "DeleteTargetGroup", "DeleteSecurityGroup"))
            for action in statement["Action"]
        ):
            assert statement["Condition"]["Null"] == {"aws:ResourceTag/elbv2.k8s.aws/cluster": "false"}
