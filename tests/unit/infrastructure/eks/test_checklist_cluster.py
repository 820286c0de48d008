"""The checklist's items on the control plane: endpoint, access mode, encryption, logs, protection, version."""

import json

import pytest

from tests.unit.infrastructure.eks.conftest import ARN, NAME, AwsGraph, deployed


def test_the_api_server_is_private_alone_unless_settings_name_networks(graph: AwsGraph) -> None:
    network = graph.named("Cluster", "cluster").inputs["vpcConfig"]
    assert network["endpointPrivateAccess"] is True
    assert network["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in network


def test_the_api_server_is_public_for_the_named_networks_alone() -> None:
    network = deployed(public_access_cidrs=["203.0.113.0/24"]).named("Cluster", "cluster").inputs["vpcConfig"]
    assert network["endpointPrivateAccess"] is True
    assert network["endpointPublicAccess"] is True
    assert network["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_access_is_by_the_api_and_nobody_has_it_without_an_entry(graph: AwsGraph) -> None:
    assert graph.named("Cluster", "cluster").inputs["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }


def test_secrets_are_encrypted_with_a_key_of_ones_own_that_is_rotated(graph: AwsGraph) -> None:
    assert graph.named("Cluster", "cluster").inputs["encryptionConfig"] == {
        "provider": {"keyArn": "arn:of:Key:secrets"},
        "resources": ["secrets"],
    }
    assert graph.one("Key").inputs["enableKeyRotation"] is True


def test_the_control_plane_may_use_the_key_before_it_is_made(graph: AwsGraph) -> None:
    policy = graph.named("RolePolicy", "control-plane")
    allow, deny = json.loads(policy.inputs["policy"])["Statement"]
    assert allow["Resource"] == "arn:of:Key:secrets"
    assert {"kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"} <= set(allow["Action"])
    assert policy.urn in graph.named("Cluster", "cluster").depends_on
    assert (deny["Effect"], deny["Action"]) == ("Deny", ["logs:CreateLogGroup"])


def test_all_logs_of_the_control_plane_are_kept_for_as_long_as_settings_say(graph: AwsGraph) -> None:
    assert set(graph.named("Cluster", "cluster").inputs["enabledClusterLogTypes"]) == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }
    group = graph.named("LogGroup", "control-plane")
    assert group.inputs["name"] == f"/aws/eks/{NAME}/cluster"
    assert group.inputs["retentionInDays"] == 90
    later = deployed(log_retention_days=365).named("LogGroup", "control-plane")
    assert later.inputs["retentionInDays"] == 365


def test_the_log_group_is_there_before_the_cluster_and_goes_after_it(graph: AwsGraph) -> None:
    assert graph.named("LogGroup", "control-plane").urn in graph.named("Cluster", "cluster").depends_on


def test_self_managed_addons_are_off(graph: AwsGraph) -> None:
    assert graph.named("Cluster", "cluster").inputs["bootstrapSelfManagedAddons"] is False


@pytest.mark.parametrize("policy", ["STANDARD", "EXTENDED"])
def test_version_and_support_policy_are_as_settings_say(policy: str) -> None:
    cluster = deployed(version="1.33", upgrade_policy=policy).named("Cluster", "cluster").inputs
    assert cluster["version"] == "1.33"
    assert cluster["upgradePolicy"] == {"supportType": policy}


def test_standard_support_is_the_default_since_extended_costs_more(graph: AwsGraph) -> None:
    assert graph.named("Cluster", "cluster").inputs["upgradePolicy"] == {"supportType": "STANDARD"}


PROTECTED = [("Cluster", "cluster"), ("Vpc", "vpc"), ("Key", "secrets")]


@pytest.mark.parametrize(("kind", "name"), PROTECTED)
def test_what_cannot_be_had_back_is_protected(graph: AwsGraph, kind: str, name: str) -> None:
    assert graph.named(kind, name).protected
    assert not deployed(deletion_protection=False).named(kind, name).protected


def test_eks_itself_protects_the_cluster_from_deletion(graph: AwsGraph) -> None:
    assert graph.named("Cluster", "cluster").inputs["deletionProtection"] is True
    assert (
        deployed(deletion_protection=False).named("Cluster", "cluster").inputs["deletionProtection"] is False
    )


def test_the_control_planes_interfaces_are_in_subnets_of_their_own(graph: AwsGraph) -> None:
    network = graph.named("Cluster", "cluster").inputs["vpcConfig"]
    assert set(network["subnetIds"]) == {f"Subnet-control-plane-{zone}" for zone in "abc"}


def test_the_control_plane_has_its_rights_as_long_as_it_is_there(graph: AwsGraph) -> None:
    attached = graph.named("RolePolicyAttachment", "control-plane-cluster")
    assert attached.inputs["policyArn"] == "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    assert attached.urn in graph.named("Cluster", "cluster").depends_on
    trust = json.loads(graph.named("Role", "control-plane").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "eks.amazonaws.com"}


def test_the_cluster_is_called_as_the_contract_says(graph: AwsGraph) -> None:
    assert graph.named("Cluster", "cluster").inputs["name"] == NAME == graph.exports["cluster_name"]
    assert graph.exports["cluster_identifier"] == ARN


def test_a_cluster_without_a_name_is_called_after_its_stack() -> None:
    assert deployed(name=None).exports["cluster_name"] == "platform-production"
