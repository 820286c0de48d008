"""Endpoints of AWS services in the VPC: images and their layers come without a NAT gateway's charge."""

import pulumi
import pulumi_aws as aws

from infrastructure.eks.arns import partition
from infrastructure.eks.aws import name_tag, within
from infrastructure.eks.network import Network
from infrastructure.eks.settings import EksSettings

_HTTPS = 443
_SERVICE_PREFIX = {"aws-cn": "cn.com.amazonaws"}
_PREFIXED_EVERYWHERE = ("s3",)


def declare_endpoints(
    name: str, settings: EksSettings, network: Network, *, parent: pulumi.Resource
) -> list[aws.ec2.VpcEndpoint]:
    """Declare the endpoints: S3, where the layers of images lie, by its free gateway; ECR and others by interfaces.

    Args:
        name: the cluster's name.
        settings: the cluster's settings.
        network: the network that they are in.
        parent: the component that they are a part of.
    """
    storage = aws.ec2.VpcEndpoint(
        "s3",
        vpc_id=network.vpc.id,
        service_name=_service("s3", settings.region),
        vpc_endpoint_type="Gateway",
        route_table_ids=[table.id for table in network.private_route_tables],
        tags=name_tag(f"{name}-s3"),
        opts=within(parent),
    )
    entrance = aws.ec2.SecurityGroup(
        "endpoints",
        vpc_id=network.vpc.id,
        description="Endpoints of AWS services: HTTPS from within the VPC",
        ingress=[
            aws.ec2.SecurityGroupIngressArgs(
                protocol="tcp", from_port=_HTTPS, to_port=_HTTPS, cidr_blocks=[settings.cidr]
            )
        ],
        tags=name_tag(f"{name}-endpoints"),
        opts=within(parent),
    )
    interfaces = [
        aws.ec2.VpcEndpoint(
            service,
            vpc_id=network.vpc.id,
            service_name=_service(service, settings.region),
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.id for subnet in network.subnets.private],
            security_group_ids=[entrance.id],
            tags=name_tag(f"{name}-{service}"),
            opts=within(parent),
        )
        for service in settings.interface_services
    ]
    return [storage, *interfaces]


def _service(service: str, region: str) -> str:
    """A service's endpoint name: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html."""
    prefix = "com.amazonaws"
    if service not in _PREFIXED_EVERYWHERE:
        prefix = _SERVICE_PREFIX.get(partition(region), prefix)
    return f"{prefix}.{region}.{service}"
