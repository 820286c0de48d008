"""Workload identity: pods get a role of their own by EKS Pod Identity, and never the node's.

Source: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
"""

import hashlib

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from infrastructure.eks.aws import Context, declare_role, trust, unique, within
from shared.config.isolation import Peer

POD_IDENTITY_AGENT = (Peer(cidr="169.254.170.23/32", ports=(80,)), Peer(cidr="fd00:ec2::23/128", ports=(80,)))
"""Where pods get their credentials, on their own node:
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-config-ipv6.html"""

_LONGEST = 50


def declare_identity(
    context: Context,
    cluster: eks.Cluster,
    name: str,
    namespace: str,
    service_account: str,
    *,
    policies: dict[str, pulumi.Input[str]],
) -> list[pulumi.Resource]:
    """Declare a role for the pods of a service account; `policies` are the ARNs of its policies, by a short name.

    Returns what has to exist before pods can use the role, and as long as they do.
    """
    role, attachments = declare_role(
        name,
        trusted=trust("pods.eks.amazonaws.com", tagged=True),
        description=f"Pods of {namespace}/{service_account}",
        policies=policies,
        parent=context.parent,
    )
    association = aws.eks.PodIdentityAssociation(
        name,
        cluster_name=context.name,
        namespace=namespace,
        service_account=service_account,
        role_arn=role.arn,
        opts=within(context.parent, cluster, *attachments),
    )
    return [association, *attachments]


def declare_workload_identities(context: Context, cluster: eks.Cluster) -> None:
    """Declare the identities that settings name.

    Each is called after the service account, which is what AWS knows it by, so that another name in the settings
    changes nothing.
    """
    for wanted in context.settings.workload_identities.values():
        namespace, account = wanted.namespace, wanted.service_account
        policies: dict[str, pulumi.Input[str]] = {unique(arn): arn for arn in wanted.policy_arns}
        declare_identity(context, cluster, _called(namespace, account), namespace, account, policies=policies)


def _called(namespace: str, service_account: str) -> str:
    """A logical name that leaves room in a role's 64 characters for what the engine adds; neither part has a dot."""
    name = f"{namespace}.{service_account}"
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
