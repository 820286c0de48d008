"""Workload identity: a pod gets a role of its own by EKS Pod Identity, and never the node's."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infrastructure.eks.access_settings import WorkloadIdentity
from infrastructure.eks.arns import managed_policy
from infrastructure.eks.aws import within
from infrastructure.eks.roles import PODS, declare_role, trust
from infrastructure.eks.settings import EksSettings

SYSTEM = "kube-system"
_TOKENS = "sts.amazonaws.com"


@dataclass(frozen=True)
class Account:
    """A Kubernetes service account.

    Args:
        namespace: its namespace.
        name: its name.
    """

    namespace: str
    name: str


NETWORK_PLUGIN = Account(SYSTEM, "aws-node")
"""The service account of the add-on vpc-cni."""

LOAD_BALANCER_CONTROLLER = Account(SYSTEM, "aws-load-balancer-controller")


def declare_identity(
    name: str,
    account: Account,
    policies: dict[str, pulumi.Input[str]],
    cluster: aws.eks.Cluster,
    *,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Declare a role, and that the pods of a service account get it.

    Args:
        name: the identity's name.
        account: the service account.
        policies: the ARNs of the role's policies, by a short name.
        cluster: the cluster.
        parent: the component that it is a part of.

    Returns:
        What has to be there before pods can use it, and has to stay until they are gone.
    """
    role, attachments = declare_role(
        name,
        trusted=trust(PODS, tagged=True),
        description=f"Pods of {account.namespace}/{account.name}",
        policies=policies,
        parent=parent,
    )
    association = aws.eks.PodIdentityAssociation(
        name,
        cluster_name=cluster.name,
        namespace=account.namespace,
        service_account=account.name,
        role_arn=role.arn,
        opts=within(parent, *attachments),
    )
    return [association, *attachments]


def declare_network_plugin_identity(
    settings: EksSettings, cluster: aws.eks.Cluster, *, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Declare the identity of the add-on vpc-cni, which would use the node's role otherwise."""
    policies: dict[str, pulumi.Input[str]] = {"cni": managed_policy(settings.region, "AmazonEKS_CNI_Policy")}
    return declare_identity("vpc-cni", NETWORK_PLUGIN, policies, cluster, parent=parent)


def declare_workload_identities(
    settings: EksSettings, cluster: aws.eks.Cluster, *, parent: pulumi.Resource
) -> None:
    """Declare the identities that settings name."""
    for name, wanted in settings.workload_identities.items():
        declare_identity(f"workload-{name}", _account(wanted), _policies(wanted), cluster, parent=parent)


def declare_oidc_provider(
    cluster: aws.eks.Cluster, *, parent: pulumi.Resource
) -> aws.iam.OpenIdConnectProvider:
    """Let IAM trust the cluster's OIDC issuer, for what cannot use Pod Identity yet.

    IAM knows the issuer's certificate authority, so no thumbprint is fetched from anywhere:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """
    issuer = cluster.identities.apply(lambda known: str((known[0].oidcs or [])[0].issuer))
    return aws.iam.OpenIdConnectProvider("oidc", url=issuer, client_id_lists=[_TOKENS], opts=within(parent))


def _account(wanted: WorkloadIdentity) -> Account:
    return Account(wanted.namespace, wanted.service_account)


def _policies(wanted: WorkloadIdentity) -> dict[str, pulumi.Input[str]]:
    return {arn.rsplit("/", 1)[-1]: arn for arn in wanted.policy_arns}
