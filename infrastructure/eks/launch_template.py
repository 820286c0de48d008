"""The launch template: what holds for every node of a group, whatever its instance type."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infrastructure.eks.aws import name_tag, within
from infrastructure.eks.node_settings import NodeGroupSettings

_ROOT_DEVICE = "/dev/xvda"
"""Of Amazon Linux 2023."""

_TAGGED = ("instance", "volume", "network-interface")


def declare_launch_template(
    group: str,
    settings: NodeGroupSettings,
    cluster: aws.eks.Cluster,
    *,
    name: str,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> aws.ec2.LaunchTemplate:
    """Declare a node group's launch template.

    Instance types, image and subnets are the node group's own, which EKS does not take from a template:
    https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html

    Args:
        group: the node group's name.
        settings: its settings.
        cluster: the cluster, whose security group its nodes get.
        name: the cluster's name.
        tags: the tags of every resource; those of the provider do not reach what a node group starts.
        parent: the component that it is a part of.
    """
    started = {**tags, **name_tag(f"{name}-{group}")}
    return aws.ec2.LaunchTemplate(
        group,
        description=f"Nodes of {name}'s group {group}",
        update_default_version=True,
        # Version 2 alone, and one hop: a pod that is not on the host's network never reaches the node's role.
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
        ),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name=_ROOT_DEVICE,
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_size=settings.disk_size,
                    volume_type="gp3",
                    encrypted="true",
                    delete_on_termination="true",
                ),
            )
        ],
        network_interfaces=[
            aws.ec2.LaunchTemplateNetworkInterfaceArgs(
                device_index=0,
                associate_public_ip_address="false",
                delete_on_termination="true",
                # A template that names an interface names its security groups too; EKS adds none then.
                security_groups=[
                    cluster.vpc_config.apply(lambda network: str(network.cluster_security_group_id))
                ],
            )
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=started) for kind in _TAGGED
        ],
        opts=within(parent),
    )
