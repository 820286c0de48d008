"""Workload identity: pods get a role of their own by EKS Pod Identity, and never the node's.

Source: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
"""

import hashlib

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from infrastructure.eks.aws import declare_role, trust, unique, within
from infrastructure.eks.configuration import EksSettings
from shared.config.isolation import Peer

POD_IDENTITY_AGENT = (Peer(cidr="169.254.170.23/32", ports=(80,)), Peer(cidr="fd00:ec2::23/128", ports=(80,)))
"""Where pods get their credentials, on their own node:
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-config-ipv6.html"""

_LONGEST = 50


def declare_identity(
    name: str,
    namespace: str,
    service_account: str,
    policies: dict[str, pulumi.Input[str]],
    *,
    cluster_name: str,
    cluster: eks.Cluster,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Declare a role for the pods of a service account.

    Args:
        policies: the ARNs of the role's policies, by a short name.

    Returns:
        What has to exist before pods can use the role, and as long as they do.
    """
    role, attachments = declare_role(
        name,
        trusted=trust("pods.eks.amazonaws.com", tagged=True),
        description=f"Pods of {namespace}/{service_account}",
        policies=policies,
        parent=parent,
    )
    association = aws.eks.PodIdentityAssociation(
        name,
        cluster_name=cluster_name,
        namespace=namespace,
        service_account=service_account,
        role_arn=role.arn,
        opts=within(parent, cluster, *attachments),
    )
    return [association, *attachments]


def declare_workload_identities(
    settings: EksSettings, cluster_name: str, cluster: eks.Cluster, *, parent: pulumi.Resource
) -> None:
    """Declare the identities that settings name.

    Each is called after the service account, which is what AWS knows it by, so that another name in the settings
    changes nothing.
    """
    for wanted in settings.workload_identities.values():
        policies: dict[str, pulumi.Input[str]] = {unique(arn): arn for arn in wanted.policy_arns}
        declare_identity(
            _called(wanted.namespace, wanted.service_account),
            wanted.namespace,
            wanted.service_account,
            policies,
            cluster_name=cluster_name,
            cluster=cluster,
            parent=parent,
        )


def _called(namespace: str, service_account: str) -> str:
    """A logical name that leaves room in a role's 64 characters for what the engine adds; neither part has a dot."""
    name = f"{namespace}.{service_account}"
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def declare_oidc_provider(cluster: eks.Cluster, *, parent: pulumi.Resource) -> None:
    """Let IAM trust the cluster's OIDC issuer, for software that cannot use Pod Identity.

    IAM knows the issuer's certificate authority, so no thumbprint has to be fetched:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """
    aws.iam.OpenIdConnectProvider(
        "oidc", url=cluster.oidc_provider_url, client_id_lists=["sts.amazonaws.com"], opts=within(parent)
    )
