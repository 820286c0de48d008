"""The nodes: groups that EKS manages, in private subnets, and the add-ons that come before and after them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import yaml

from infrastructure.eks.aws import Context, declare_role, trust, within
from infrastructure.eks.configuration import EksSettings, NodeGroupSettings
from infrastructure.eks.network import Network
from infrastructure.eks.versions import AddonName

_IMAGES = {"x86_64": "AL2023_x86_64_STANDARD", "arm64": "AL2023_ARM_64_STANDARD"}
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html#AmazonEKS-Type-Nodegroup-amiType"""

_FIXED: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("launch_template.yaml").read_text())


def declare_addons(
    names: Iterable[AddonName],
    settings: EksSettings,
    cluster: eks.Cluster,
    *,
    after: Sequence[pulumi.Resource] = (),
) -> list[pulumi.Resource]:
    """Declare some add-ons in their pinned versions."""
    return [
        eks.Addon(
            name,
            cluster=cluster,
            addon_name=name,
            addon_version=settings.addon_version(name),
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            opts=within(cluster, *after),
        )
        for name in names
    ]


def declare_node_groups(
    context: Context, cluster: eks.Cluster, network: Network, *, after: Sequence[pulumi.Resource]
) -> list[pulumi.Resource]:
    """Declare the node groups that settings name, after what every node needs to become ready.

    None has a physical name of its own, so that the engine creates a replacement first and deletes the old group,
    which drains its nodes, once the new one is active.
    """
    name, settings = context.name, context.settings
    domain = "amazonaws.com.cn" if settings.partition == "aws-cn" else "amazonaws.com"
    role, attachments = declare_role(
        "nodes",
        trusted=trust(f"ec2.{domain}"),
        description=f"Nodes of the EKS cluster {name}",
        policies={
            "worker": settings.managed_policy("AmazonEKSWorkerNodePolicy"),
            "images": settings.managed_policy("AmazonEC2ContainerRegistryPullOnly"),
        },
        parent=context.parent,
    )
    needed = [cluster, *after, *attachments, *network.routes_out]
    groups: list[pulumi.Resource] = []
    for group, wanted in settings.node_groups.items():
        template = _launch_template(context, cluster, group, wanted)
        groups.append(
            aws.eks.NodeGroup(
                group,
                cluster_name=name,
                node_role_arn=role.arn,
                subnet_ids=[subnet.id for subnet in network.private],
                version=wanted.version or settings.version,
                ami_type=_IMAGES[wanted.architecture],
                instance_types=list(wanted.instance_types),
                capacity_type=wanted.capacity_type,
                launch_template={"id": template.id, "version": template.latest_version.apply(str)},
                scaling_config={
                    "min_size": wanted.min_size,
                    "max_size": wanted.max_size,
                    "desired_size": wanted.size,
                },
                update_config={"max_unavailable_percentage": wanted.max_unavailable_percentage},
                node_repair_config={"enabled": True},
                labels=dict(wanted.labels),
                taints=[
                    aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value, effect=taint.effect)
                    for taint in wanted.taints
                ],
                tags={"Name": f"{name}-{group}"},
                opts=pulumi.ResourceOptions(
                    parent=context.parent,
                    depends_on=needed,
                    ignore_changes=["scalingConfig.desiredSize"] if wanted.autoscaled else None,
                ),
            )
        )
    return groups


def _launch_template(
    context: Context, cluster: eks.Cluster, group: str, wanted: NodeGroupSettings
) -> aws.ec2.LaunchTemplate:
    """What every node of a group has, whatever its instance type.

    Instance types, image and subnets are the node group's own, which EKS does not take from a template:
    https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
    """
    volume: Any = {**_FIXED["root_volume"], "volume_size": wanted.disk_size}
    # A template that names an interface names its security groups too; EKS then adds none.
    interface: Any = {**_FIXED["network_interface"], "security_groups": [cluster.cluster_security_group_id]}
    tags = {**context.tags, "Name": f"{context.name}-{group}"}
    return aws.ec2.LaunchTemplate(
        group,
        description=f"Nodes of {context.name}'s group {group}",
        update_default_version=True,
        metadata_options=_FIXED["metadata"],
        block_device_mappings=[{"device_name": _FIXED["root_device"], "ebs": volume}],
        network_interfaces=[interface],
        tag_specifications=[
            {"resource_type": kind, "tags": tags} for kind in ("instance", "volume", "network-interface")
        ],
        opts=within(context.parent),
    )
