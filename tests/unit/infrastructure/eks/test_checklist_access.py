"""The checklist's items on access: entries, workload identity, the account, tags."""

import json
from typing import Any

import pytest

from infrastructure.eks.kubeconfig import eks_kubeconfig
from tests.unit.infrastructure.eks.conftest import ACCOUNT, DEPLOYER, EKS, AwsGraph, deployed, run_eks

ADMIN = f"arn:aws:iam::{ACCOUNT}:role/on-call"
TEAM = f"arn:aws:iam::{ACCOUNT}:role/backend"


def entries(graph: AwsGraph) -> dict[str, dict[str, Any]]:
    return {item.inputs["principalArn"]: item.inputs for item in graph.of("AccessEntry")}


def policies(graph: AwsGraph) -> dict[str, tuple[str, dict[str, Any]]]:
    """By principal: the policy's name and its scope."""
    return {
        item.inputs["principalArn"]: (item.inputs["policyArn"], item.inputs["accessScope"])
        for item in graph.of("AccessPolicyAssociation")
    }


def test_the_role_that_deploys_and_those_that_settings_name_administer_the_cluster() -> None:
    graph = deployed(access={"admins": [ADMIN]})
    expected = ("arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", {"type": "cluster"})
    assert policies(graph) == {DEPLOYER: expected, ADMIN: expected}
    assert {entry["type"] for entry in entries(graph).values()} == {"STANDARD"}


def test_a_team_may_look_at_its_namespaces_and_is_in_the_group_that_deploys_into_them() -> None:
    eks = {**EKS, "access": {"teams": {"backend": {"principal_arn": TEAM}}}}
    namespaces = {"a": {"team": "backend"}, "b": {"team": "frontend"}, "c": {"team": "backend"}}
    graph = run_eks(eks=eks, namespaces=namespaces)
    assert policies(graph)[TEAM] == (
        "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        {"type": "namespace", "namespaces": ["a", "c"]},
    )
    assert entries(graph)[TEAM]["kubernetesGroups"] == ["platform:backend:deploy"]
    subjects = [
        subject["name"]
        for item in graph.of("RoleBinding")
        if item.metadata["namespace"] == "a" and item.inputs["roleRef"]["name"] == "platform-deploy"
        for subject in item.inputs["subjects"]
    ]
    assert subjects == ["platform:backend:deploy"]


def test_a_team_without_a_namespace_has_an_entry_and_no_policy() -> None:
    graph = deployed(access={"teams": {"backend": {"principal_arn": TEAM, "groups": ["developers"]}}})
    assert entries(graph)[TEAM]["kubernetesGroups"] == ["developers"]
    assert TEAM not in policies(graph)


def test_a_policy_comes_after_the_entry_that_it_is_for(graph: AwsGraph) -> None:
    (association,), (entry,) = graph.of("AccessPolicyAssociation"), graph.of("AccessEntry")
    assert entry.urn in association.depends_on


def test_the_api_server_is_used_only_while_the_access_to_it_is_there(graph: AwsGraph) -> None:
    provider = graph.one("kubernetes")
    assert graph.one("AccessPolicyAssociation").urn in provider.depends_on


@pytest.mark.parametrize(
    ("name", "namespace", "account"),
    [
        ("vpc-cni", "kube-system", "aws-node"),
        ("load-balancers", "kube-system", "aws-load-balancer-controller"),
        ("workload-reports", "dusk", "reports"),
    ],
)
def test_pods_get_a_role_of_their_own_by_pod_identity(name: str, namespace: str, account: str) -> None:
    policy = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    wanted = {"namespace": "dusk", "service_account": "reports", "policy_arns": [policy]}
    graph = deployed(workload_identities={"reports": wanted})
    association = graph.named("PodIdentityAssociation", name)
    assert association.inputs["namespace"] == namespace
    assert association.inputs["serviceAccount"] == account
    assert association.inputs["roleArn"] == f"arn:of:Role:{name}"
    assert json.loads(graph.named("Role", name).inputs["assumeRolePolicy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "pods.eks.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            }
        ],
    }


def test_the_network_plugin_has_its_own_rights_before_it_runs(graph: AwsGraph) -> None:
    attached = graph.named("RolePolicyAttachment", "vpc-cni-cni")
    assert attached.inputs["policyArn"] == "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    assert graph.named("PodIdentityAssociation", "vpc-cni").urn in graph.named("Addon", "vpc-cni").depends_on


def test_an_oidc_provider_is_a_setting_off_by_default_and_needs_no_thumbprint(graph: AwsGraph) -> None:
    assert not graph.of("OpenIdConnectProvider")
    provider = deployed(oidc_provider=True).one("OpenIdConnectProvider").inputs
    assert provider["url"].startswith("https://oidc.eks.")
    assert provider["clientIdLists"] == ["sts.amazonaws.com"]
    assert "thumbprintLists" not in provider


def connection(**eks: Any) -> dict[str, Any]:
    inputs = deployed(**eks).one("aws").inputs
    return {key: json.loads(value) if value[:1] in "[{" else value for key, value in inputs.items()}


def test_no_stack_runs_in_another_account_than_its_settings_name() -> None:
    assert connection()["allowedAccountIds"] == [ACCOUNT]


def test_aws_is_reached_by_the_role_or_the_profile_that_settings_name() -> None:
    (role,) = connection()["assumeRoles"]
    assert role["roleArn"] == DEPLOYER
    by_profile = connection(role_arn=None, profile="platform", access={"admins": [ADMIN]})
    assert by_profile["profile"] == "platform"
    assert "assumeRoles" not in by_profile


def test_endpoints_of_the_aws_provider_are_a_setting() -> None:
    url = "http://localhost:4566"
    assert connection(endpoints={"eks": url, "sts": url})["endpoints"] == [{"eks": url, "sts": url}]
    assert "endpoints" not in connection()


def test_everything_is_tagged_with_project_stack_owner_and_cost_center() -> None:
    tags = connection(tags={"team": "platform", "owner": "somebody else"})["defaultTags"]["tags"]
    assert tags == {
        "team": "platform",
        "project": "service-infrastructure",
        "stack": "production",
        "owner": "platform-team",
        "cost-center": "1000",
        "managed-by": "pulumi",
    }


def test_what_nodes_and_load_balancers_are_made_of_is_tagged_too(graph: AwsGraph) -> None:
    """The provider's default tags do not reach what a node group or a controller makes."""
    tags = connection()["defaultTags"]["tags"]
    for specification in graph.one("LaunchTemplate").inputs["tagSpecifications"]:
        assert tags.items() <= specification["tags"].items(), specification["resourceType"]
    assert graph.one("Release").inputs["values"]["defaultTags"] == tags


def test_everything_in_aws_goes_through_the_one_provider(graph: AwsGraph) -> None:
    provider = graph.one("aws")
    assert len(graph.aws()) > 50
    for item in graph.aws():
        assert item.provider.rsplit("::", 1)[0] == provider.urn, item.urn


def test_a_tenants_kubeconfig_takes_the_tenants_role() -> None:
    text = eks_kubeconfig(
        name="platform",
        region="eu-central-1",
        endpoint="https://x",
        certificate_authority="Q0E=",
        role_arn=TEAM,
    )
    assert f"- --role-arn\n      - {TEAM}\n" in text
    assert "--profile" not in text
