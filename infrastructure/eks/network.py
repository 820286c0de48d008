"""The network: a VPC with its subnets and the ways out of them, endpoints of AWS services, and flow logs."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infrastructure.eks.aws import Context, policy_document, trust, within
from infrastructure.eks.facts import Zones

_INTERNET = "0.0.0.0/0"
_PUBLIC_LOAD_BALANCERS = {"kubernetes.io/role/elb": "1"}
_INTERNAL_LOAD_BALANCERS = {"kubernetes.io/role/internal-elb": "1"}
"""By these the load balancer controller finds its subnets:
https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html"""

_EIGHTHS = 3
"""The VPC is cut into eighths: six for the private subnets of zones a to f, one for public, one for control plane."""

_PUBLIC, _CONTROL_PLANE = 6, 7
_SMALLEST = 28
"""The longest prefix of a subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html. EKS asks for at
least six free addresses in each: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

_REGISTRY = ("ecr.api", "ecr.dkr")
"""The two services of ECR: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"""

_HTTPS = 443


@dataclass(frozen=True)
class Zone:
    """An availability zone such as `eu-central-1a`, with the CIDRs of its three subnets."""

    name: str
    private: str
    """Of nodes and pods."""
    public: str
    """Of load balancers and NAT gateways."""
    control_plane: str
    """Of the control plane's network interfaces."""

    @property
    def letter(self) -> str:
        """The zone within its region, after which its resources are named."""
        return self.name[-1]


def divide(cidr: str, zones: Sequence[str]) -> list[Zone]:
    """Divide a VPC's network, a /21 or larger, among the subnets of its zones.

    A zone's CIDRs depend on its letter alone: zones can be added, removed or reordered while the subnets of the others
    stay where they are.
    """
    eighths = list(ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=_EIGHTHS))
    public = list(eighths[_PUBLIC].subnets(prefixlen_diff=_EIGHTHS))
    control_plane = eighths[_CONTROL_PLANE].subnets(new_prefix=_SMALLEST)
    interfaces = [network for _, network in zip(range(_PUBLIC), control_plane, strict=False)]
    divided: list[Zone] = []
    for zone in zones:
        place = ord(zone[-1]) - ord("a")
        divided.append(Zone(zone, str(eighths[place]), str(public[place]), str(interfaces[place])))
    return divided


class Network(pulumi.ComponentResource):
    """The cluster's VPC."""

    def __init__(self, context: Context, zones: Zones) -> None:
        self._cluster, settings = context.name, context.settings
        options = pulumi.ResourceOptions(parent=context.parent)
        super().__init__("platform:eks:Network", self._cluster, opts=options)
        nodes, inner = (divide(settings.cidr, names) for names in (zones.nodes, zones.control_plane))

        self.vpc = aws.ec2.Vpc(
            "vpc",
            cidr_block=settings.cidr,
            # Private endpoints of AWS services and of the API server are names.
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": self._cluster},
            opts=within(self, protect=settings.deletion_protection),
        )
        # A network interface without a security group of its own gets this one, which allows no traffic.
        aws.ec2.DefaultSecurityGroup("default", vpc_id=self.vpc.id, opts=within(self))
        public = [self._subnet("public", zone, zone.public, _PUBLIC_LOAD_BALANCERS) for zone in nodes]
        self.private = [
            self._subnet("private", zone, zone.private, _INTERNAL_LOAD_BALANCERS) for zone in nodes
        ]
        self.control_plane = [self._subnet("control-plane", zone, zone.control_plane, {}) for zone in inner]

        gateway = aws.ec2.InternetGateway(
            "internet", vpc_id=self.vpc.id, tags={"Name": self._cluster}, opts=within(self)
        )
        table = self._route_table("public")
        way_out = [self._route_out("public", table, gateway_id=gateway.id)]
        for zone, subnet in zip(nodes, public, strict=True):
            way_out.append(self._associate(f"public-{zone.letter}", table, subnet))
        # One per zone, or one for all.
        count = 1 if settings.nat_gateways == "one" else len(nodes)
        nat_gateways = [
            self._nat_gateway(zone, subnet, gateway, way_out)
            for zone, subnet in list(zip(nodes, public, strict=True))[:count]
        ]
        self.private_route_tables: list[aws.ec2.RouteTable] = []
        self.routes_out: list[pulumi.Resource] = []
        for place, (zone, subnet) in enumerate(zip(nodes, self.private, strict=True)):
            called, nat_gateway = f"private-{zone.letter}", nat_gateways[min(place, count - 1)]
            table = self._route_table(called)
            self.private_route_tables.append(table)
            self.routes_out.append(self._route_out(called, table, nat_gateway_id=nat_gateway.id))
            self.routes_out.append(self._associate(called, table, subnet))
        # The control plane's interfaces have routes within the VPC only.
        table = self._route_table("control-plane")
        for zone, subnet in zip(inner, self.control_plane, strict=True):
            self._associate(f"control-plane-{zone.letter}", table, subnet)
        self.register_outputs({"vpc_id": self.vpc.id})

    def _subnet(self, kind: str, zone: Zone, cidr: str, tags: dict[str, str]) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{kind}-{zone.letter}",
            vpc_id=self.vpc.id,
            availability_zone=zone.name,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._cluster}-{kind}-{zone.letter}", **tags},
            opts=within(self),
        )

    def _route_table(self, kind: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            kind, vpc_id=self.vpc.id, tags={"Name": f"{self._cluster}-{kind}"}, opts=within(self)
        )

    def _associate(self, name: str, table: aws.ec2.RouteTable, subnet: aws.ec2.Subnet) -> pulumi.Resource:
        return aws.ec2.RouteTableAssociation(
            name, route_table_id=table.id, subnet_id=subnet.id, opts=within(self)
        )

    def _route_out(
        self, name: str, table: aws.ec2.RouteTable, **through: pulumi.Output[str]
    ) -> pulumi.Resource:
        return aws.ec2.Route(
            name, route_table_id=table.id, destination_cidr_block=_INTERNET, **through, opts=within(self)
        )

    def _nat_gateway(
        self, zone: Zone, subnet: aws.ec2.Subnet, gateway: pulumi.Resource, routes: Sequence[pulumi.Resource]
    ) -> aws.ec2.NatGateway:
        """It needs the internet gateway, also to be deleted."""
        called, tags = f"nat-{zone.letter}", {"Name": f"{self._cluster}-nat-{zone.letter}"}
        address = aws.ec2.Eip(called, domain="vpc", tags=tags, opts=within(self, gateway))
        options = within(self, gateway, *routes)
        return aws.ec2.NatGateway(
            called, allocation_id=address.id, subnet_id=subnet.id, tags=tags, opts=options
        )


def declare_endpoints(context: Context, network: Network) -> None:
    """Declare the endpoints of AWS services in the VPC, which spare images and their layers the NAT gateways' charge.

    S3, which stores the layers, has a free gateway; ECR and the others have interfaces.
    """
    name, settings, parent = context.name, context.settings, context.parent
    aws.ec2.VpcEndpoint(
        "s3",
        vpc_id=network.vpc.id,
        service_name=f"com.amazonaws.{settings.region}.s3",
        vpc_endpoint_type="Gateway",
        route_table_ids=[table.id for table in network.private_route_tables],
        tags={"Name": f"{name}-s3"},
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
        tags={"Name": f"{name}-endpoints"},
        opts=within(parent),
    )
    # China's service names have a prefix of their own, apart from S3's:
    # https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    prefix = "cn.com.amazonaws" if settings.partition == "aws-cn" else "com.amazonaws"
    for service in dict.fromkeys((*_REGISTRY, *settings.interface_endpoints)):
        aws.ec2.VpcEndpoint(
            service,
            vpc_id=network.vpc.id,
            service_name=f"{prefix}.{settings.region}.{service}",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[subnet.id for subnet in network.private],
            security_group_ids=[entrance.id],
            tags={"Name": f"{name}-{service}"},
            opts=within(parent),
        )


def declare_flow_logs(context: Context, network: Network) -> None:
    """Declare the record of the network's connections."""
    name, parent = context.name, context.parent
    group = aws.cloudwatch.LogGroup(
        "network",
        name=f"/platform/{name}/network",
        retention_in_days=context.settings.log_retention_days,
        opts=within(parent),
    )
    role = aws.iam.Role(
        "flow-logs",
        assume_role_policy=trust("vpc-flow-logs.amazonaws.com"),
        description=f"Writes the connections of {name}'s network to its log group",
        opts=within(parent),
    )
    writing = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    # Without the right to create a log group, a last record cannot recreate the group after its deletion.
    rights = aws.iam.RolePolicy(
        "flow-logs",
        role=role.name,
        policy=group.arn.apply(
            lambda arn: policy_document(
                {"Effect": "Allow", "Action": writing, "Resource": [arn, f"{arn}:*"]},
                # This one action takes no single group:
                # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
                {"Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": "*"},
            )
        ),
        opts=within(parent),
    )
    aws.ec2.FlowLog(
        "network",
        vpc_id=network.vpc.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=600,
        tags={"Name": name},
        # AWS has one flow log of a VPC per destination.
        opts=within(parent, rights, delete_first=True),
    )
