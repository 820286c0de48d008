"""What makes the cluster safe, which no run against an emulator would show missing; read from the resource graph."""

import json
from typing import Any

import pytest

from infrastructure.eks.configuration import EksSettings
from infrastructure.eks.ingress import controller_policy
from infrastructure.eks.versions import ADDONS
from tests.unit.infrastructure.eks.conftest import ACCOUNT, DEPLOYER, EKS, AwsGraph, deployed

MOST_CHARACTERS = 6144
"""Of a managed policy, white space not counted: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

PROTECTED = [("Vpc", "vpc"), ("Key", "secrets")]


def connection(**eks: Any) -> dict[str, Any]:
    inputs = deployed(**eks).one("aws").inputs
    return {key: json.loads(value) if value[:1] in "[{" else value for key, value in inputs.items()}


def test_the_api_server_is_private_unless_settings_name_networks(graph: AwsGraph) -> None:
    private = graph.control_plane.inputs
    assert (private["endpointPrivateAccess"], private["endpointPublicAccess"]) == (True, False)
    public = deployed(public_access_cidrs=["203.0.113.0/24"]).control_plane.inputs
    assert (public["endpointPublicAccess"], public["publicAccessCidrs"]) == (True, ["203.0.113.0/24"])


def test_access_is_by_the_api_and_nobody_has_it_without_an_entry(graph: AwsGraph) -> None:
    assert graph.control_plane.inputs["authenticationMode"] == "API"
    access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}
    props = graph.changed("aws:eks/cluster:Cluster", "cluster-eksCluster", accessConfig=access).props
    assert props["accessConfig"] == {**access, "bootstrapClusterCreatorAdminPermissions": False}


def test_secrets_are_encrypted_with_a_key_of_ones_own_that_is_rotated(graph: AwsGraph) -> None:
    assert graph.control_plane.inputs["encryptionConfigKeyArn"] == "arn:of:Key:secrets"
    assert graph.one("Key").inputs["enableKeyRotation"] is True


@pytest.mark.parametrize(("kind", "name"), PROTECTED)
def test_what_cannot_be_recovered_is_protected(graph: AwsGraph, kind: str, name: str) -> None:
    assert graph.named(kind, name).protected
    assert not deployed(deletion_protection=False).named(kind, name).protected


@pytest.mark.parametrize("protected", [True, False])
def test_the_cluster_is_protected_from_deletion_by_the_engine_and_by_eks(protected: bool) -> None:
    graph = deployed(deletion_protection=protected)
    assert graph.control_plane.inputs["deletionProtection"] is protected
    assert graph.changed("aws:eks/cluster:Cluster", "cluster-eksCluster").opts.protect is protected


def test_no_pod_reaches_the_role_of_its_node(graph: AwsGraph) -> None:
    options = graph.one("LaunchTemplate").inputs["metadataOptions"]
    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_disks_are_encrypted(graph: AwsGraph) -> None:
    (mapping,) = graph.one("LaunchTemplate").inputs["blockDeviceMappings"]
    assert mapping["ebs"]["encrypted"] == "true"


def test_nodes_have_no_public_addresses(graph: AwsGraph) -> None:
    assert set(graph.one("NodeGroup").inputs["subnetIds"]) == {f"Subnet-private-{zone}" for zone in "abc"}
    (interface,) = graph.one("LaunchTemplate").inputs["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert {item.inputs["mapPublicIpOnLaunch"] for item in graph.of("Subnet")} == {False}


def test_network_policies_are_enforced(graph: AwsGraph) -> None:
    assert graph.control_plane.inputs["vpcCniOptions"]["enableNetworkPolicy"] is True


def test_no_log_group_is_created_again_after_its_deletion(graph: AwsGraph) -> None:
    (allowed, _) = json.loads(graph.named("RolePolicy", "flow-logs").inputs["policy"])["Statement"]
    assert "logs:CreateLogGroup" not in allowed["Action"]
    _, denied = json.loads(graph.named("RolePolicy", "control-plane").inputs["policy"])["Statement"]
    assert (denied["Effect"], denied["Action"]) == ("Deny", ["logs:CreateLogGroup"])


def test_no_stack_runs_in_another_account_than_its_settings_name() -> None:
    assert connection()["allowedAccountIds"] == [ACCOUNT]


def test_aws_is_reached_by_the_role_or_the_profile_that_settings_name() -> None:
    (role,) = connection()["assumeRoles"]
    assert role["roleArn"] == DEPLOYER
    admins = {"admins": [f"arn:aws:iam::{ACCOUNT}:user/somebody"]}
    by_profile = connection(role_arn=None, profile="platform", access=admins)
    assert by_profile["profile"] == "platform"
    assert "assumeRoles" not in by_profile


def test_everything_is_tagged_and_so_is_what_nodes_and_the_controller_create(graph: AwsGraph) -> None:
    tags = connection(tags={"team": "platform", "owner": "somebody else"})["defaultTags"]["tags"]
    assert tags == {
        "team": "platform",
        "project": "service-infrastructure",
        "stack": "production",
        "owner": "platform-team",
        "cost-center": "1000",
        "managed-by": "pulumi",
    }
    usual = connection()["defaultTags"]["tags"]
    for specification in graph.one("LaunchTemplate").inputs["tagSpecifications"]:
        assert usual.items() <= specification["tags"].items(), specification["resourceType"]
    assert graph.one("Release").inputs["values"]["defaultTags"] == usual


@pytest.mark.parametrize("version", ADDONS)
def test_kube_proxy_is_of_the_clusters_version(version: str) -> None:
    assert ADDONS[version]["kube-proxy"].startswith(f"v{version}.")


@pytest.mark.parametrize(
    ("instance_type", "image"),
    [
        ("m7i.large", "AL2023_x86_64_STANDARD"),
        ("g4dn.xlarge", "AL2023_x86_64_STANDARD"),
        ("m7g.large", "AL2023_ARM_64_STANDARD"),
        ("c7gn.16xlarge", "AL2023_ARM_64_STANDARD"),
        ("a1.large", "AL2023_ARM_64_STANDARD"),
    ],
)
def test_the_image_fits_the_processor(instance_type: str, image: str) -> None:
    graph = deployed(node_groups={"general": {"instance_types": [instance_type]}})
    assert graph.one("NodeGroup").inputs["amiType"] == image


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_controllers_policy_is_one_that_iam_accepts(region: str, partition: str) -> None:
    assert EksSettings.model_validate({**EKS, "region": region}).partition == partition
    policy = json.loads(controller_policy(partition))
    assert len(json.dumps(policy, separators=(",", ":"))) <= MOST_CHARACTERS
    for statement in policy["Statement"]:
        resources = statement["Resource"]
        for resource in [resources] if isinstance(resources, str) else resources:
            assert resource == "*" or resource.split(":")[1] == partition


def test_the_controller_deletes_only_what_it_created_itself() -> None:
    """By the tag that it puts on everything: the policy of its authors has it on each deletion."""
    for statement in json.loads(controller_policy("aws"))["Statement"]:
        if any(
            action.endswith(("DeleteLoadBalancer", "DeleteTargetGroup", "DeleteSecurityGroup"))
            for action in statement["Action"]
        ):
            assert statement["Condition"]["Null"] == {"aws:ResourceTag/elbv2.k8s.aws/cluster": "false"}
