"""The node groups: managed by EKS, in private subnets, replaced before they go."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from infrastructure.eks.arns import managed_policy, service_principal
from infrastructure.eks.aws import name_tag
from infrastructure.eks.launch_template import declare_launch_template
from infrastructure.eks.network import Network
from infrastructure.eks.roles import declare_role, trust
from infrastructure.eks.settings import EksSettings

_IMAGES = {"x86_64": "AL2023_x86_64_STANDARD", "arm64": "AL2023_ARM_64_STANDARD"}
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html#AmazonEKS-Type-Nodegroup-amiType"""

_DESIRED = "scalingConfig.desiredSize"


def declare_node_groups(
    name: str,
    settings: EksSettings,
    cluster: aws.eks.Cluster,
    network: Network,
    *,
    tags: Mapping[str, str],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Declare the node groups that settings name.

    None has a physical name of its own, so that the engine makes a replacement first and deletes the old group, which
    drains its nodes, once the new one is active.

    Args:
        name: the cluster's name.
        settings: the cluster's settings.
        cluster: the cluster.
        network: the network; nodes are in its private subnets.
        tags: the tags of every resource.
        after: what every node needs to become ready.
        parent: the component that they are a part of.
    """
    role, attachments = declare_role(
        "nodes",
        trusted=trust(service_principal("ec2", settings.region)),
        description=f"Nodes of the EKS cluster {name}",
        policies={
            "worker": managed_policy(settings.region, "AmazonEKSWorkerNodePolicy"),
            "images": managed_policy(settings.region, "AmazonEC2ContainerRegistryPullOnly"),
        },
        parent=parent,
    )
    needed = [*after, *attachments, *network.routes_out]
    groups: list[pulumi.Resource] = []
    for group, wanted in settings.node_groups.items():
        template = declare_launch_template(group, wanted, cluster, name=name, tags=tags, parent=parent)
        groups.append(
            aws.eks.NodeGroup(
                group,
                cluster_name=cluster.name,
                node_role_arn=role.arn,
                subnet_ids=[subnet.id for subnet in network.subnets.private],
                version=wanted.version or settings.version,
                ami_type=_IMAGES[wanted.architecture],
                instance_types=list(wanted.instance_types),
                capacity_type=wanted.capacity_type,
                launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                    id=template.id, version=template.latest_version.apply(str)
                ),
                scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                    min_size=wanted.min_size, max_size=wanted.max_size, desired_size=wanted.size
                ),
                update_config=aws.eks.NodeGroupUpdateConfigArgs(
                    max_unavailable_percentage=wanted.max_unavailable_percentage
                ),
                node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
                labels=dict(wanted.labels),
                taints=[
                    aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value, effect=taint.effect)
                    for taint in wanted.taints
                ],
                tags=name_tag(f"{name}-{group}"),
                opts=pulumi.ResourceOptions(
                    parent=parent,
                    depends_on=needed,
                    ignore_changes=[_DESIRED] if wanted.autoscaled else None,
                ),
            )
        )
    return groups
