"""Records: the logs of the control plane and of the network, kept as long as settings say and gone with the cluster."""

import pulumi
import pulumi_aws as aws

from infrastructure.eks.aws import name_tag, within
from infrastructure.eks.network import Network
from infrastructure.eks.roles import document, trust
from infrastructure.eks.settings import EksSettings

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All logs of the control plane: https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html"""

_AGGREGATION_SECONDS = 600
_WRITE = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]


def declare_control_plane_logs(
    name: str, settings: EksSettings, *, parent: pulumi.Resource
) -> aws.cloudwatch.LogGroup:
    """Declare the log group that EKS writes to, before EKS makes one of its own that is kept for ever.

    Args:
        name: the cluster's name, from which EKS takes the log group's.
        settings: the cluster's settings.
        parent: the component that it is a part of.
    """
    return aws.cloudwatch.LogGroup(
        "control-plane",
        name=f"/aws/eks/{name}/cluster",
        retention_in_days=settings.log_retention_days,
        opts=within(parent),
    )


def declare_flow_logs(
    name: str, settings: EksSettings, network: Network, *, parent: pulumi.Resource
) -> aws.ec2.FlowLog:
    """Declare the record of the network's connections.

    Args:
        name: the cluster's name.
        settings: the cluster's settings.
        network: the network.
        parent: the component that it is a part of.
    """
    group = aws.cloudwatch.LogGroup(
        "network",
        name=f"/platform/{name}/network",
        retention_in_days=settings.log_retention_days,
        opts=within(parent),
    )
    role = aws.iam.Role(
        "flow-logs",
        assume_role_policy=trust("vpc-flow-logs.amazonaws.com"),
        description=f"Writes the connections of {name}'s network to its log group",
        opts=within(parent),
    )
    # Without the right to create a log group, a last record cannot bring the group back that has just gone.
    rights = aws.iam.RolePolicy(
        "flow-logs",
        role=role.name,
        policy=group.arn.apply(
            lambda arn: document({"Effect": "Allow", "Action": _WRITE, "Resource": [arn, f"{arn}:*"]})
        ),
        opts=within(parent),
    )
    return aws.ec2.FlowLog(
        "network",
        vpc_id=network.vpc.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=_AGGREGATION_SECONDS,
        tags=name_tag(name),
        opts=within(parent, rights),
    )
