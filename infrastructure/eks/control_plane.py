"""The control plane: the EKS cluster itself."""

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from infrastructure.eks.arns import managed_policy
from infrastructure.eks.aws import within
from infrastructure.eks.network import Network
from infrastructure.eks.records import LOG_TYPES
from infrastructure.eks.roles import declare_role, document, trust
from infrastructure.eks.settings import EksSettings

_KEY_RIGHTS = ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"]


def declare_control_plane(
    name: str,
    settings: EksSettings,
    network: Network,
    key: aws.kms.Key,
    logs: aws.cloudwatch.LogGroup,
    *,
    parent: pulumi.Resource,
) -> aws.eks.Cluster:
    """Declare the cluster.

    It is the resource itself and not `eks.Cluster` of pulumi-eks: that component gives its creator a right to
    administer the cluster that no program shows, makes add-ons where nodes can be put neither before nor after them,
    and asks the API server over the network from within the provider.

    Args:
        name: its name.
        settings: its settings.
        network: the network that it is in.
        key: what its secrets are encrypted with.
        logs: the log group that it writes to; there before it, gone after it.
        parent: the component that it is a part of.
    """
    role, attachments = declare_role(
        "control-plane",
        trusted=trust("eks.amazonaws.com", tagged=True),
        description=f"Control plane of the EKS cluster {name}",
        policies={"cluster": managed_policy(settings.region, "AmazonEKSClusterPolicy")},
        parent=parent,
    )
    rights = aws.iam.RolePolicy(
        "control-plane",
        role=role.name,
        policy=key.arn.apply(
            lambda arn: document(
                {"Effect": "Allow", "Action": _KEY_RIGHTS, "Resource": arn},
                # The last lines of a cluster that goes must not bring its log group back:
                # https://github.com/terraform-aws-modules/terraform-aws-eks/issues/920
                {"Effect": "Deny", "Action": ["logs:CreateLogGroup"], "Resource": "*"},
            )
        ),
        opts=within(parent),
    )
    public = bool(settings.public_access_cidrs)
    return aws.eks.Cluster(
        "cluster",
        name=name,
        version=settings.version,
        role_arn=role.arn,
        vpc_config=aws.eks.ClusterVpcConfigArgs(
            subnet_ids=[subnet.id for subnet in network.subnets.control_plane],
            endpoint_private_access=True,
            endpoint_public_access=public,
            public_access_cidrs=list(settings.public_access_cidrs) if public else None,
        ),
        access_config=aws.eks.ClusterAccessConfigArgs(
            authentication_mode=eks.AuthenticationMode.API.value,
            bootstrap_cluster_creator_admin_permissions=False,
        ),
        encryption_config=aws.eks.ClusterEncryptionConfigArgs(
            provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=key.arn), resources=["secrets"]
        ),
        enabled_cluster_log_types=list(LOG_TYPES),
        bootstrap_self_managed_addons=False,
        upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type=settings.upgrade_policy),
        deletion_protection=settings.deletion_protection,
        # Without its rights EKS could not clean up what it made, such as its network interfaces.
        opts=within(parent, *attachments, rights, logs, protect=settings.deletion_protection),
    )
