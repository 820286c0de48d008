"""The network: a VPC with its subnets and the ways out of them, endpoints of AWS services, and flow logs."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infrastructure.eks.aws import name_tag, policy_document, trust, within
from infrastructure.eks.configuration import EksSettings
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
    """The cluster's VPC; `name` is the cluster's."""

    def __init__(self, name: str, settings: EksSettings, zones: Zones, *, parent: pulumi.Resource) -> None:
        super().__init__("platform:eks:Network", name, opts=pulumi.ResourceOptions(parent=parent))
        self._cluster, self._settings = name, settings
        self.zones = divide(settings.cidr, zones.nodes)
        inner_zones = divide(settings.cidr, zones.control_plane)

        self.vpc = aws.ec2.Vpc(
            "vpc",
            cidr_block=settings.cidr,
            # Private endpoints of AWS services and of the API server are names.
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=name_tag(name),
            opts=within(self, protect=settings.deletion_protection),
        )
        # A network interface without a security group of its own gets this one, which allows no traffic.
        aws.ec2.DefaultSecurityGroup("default", vpc_id=self.vpc.id, opts=within(self))
        self.public = [self._subnet("public", z, z.public, _PUBLIC_LOAD_BALANCERS) for z in self.zones]
        self.private = [self._subnet("private", z, z.private, _INTERNAL_LOAD_BALANCERS) for z in self.zones]
        self.control_plane = [self._subnet("control-plane", z, z.control_plane, {}) for z in inner_zones]

        gateway = aws.ec2.InternetGateway(
            "internet", vpc_id=self.vpc.id, tags=name_tag(name), opts=within(self)
        )
        public_routes = self._public_routes(gateway)
        nat_gateways = self._nat_gateways(gateway, public_routes)
        self.private_route_tables, self.routes_out = self._private_routes(nat_gateways)
        # The control plane's interfaces have routes within the VPC only.
        inner = self._route_table("control-plane")
        for zone, subnet in zip(inner_zones, self.control_plane, strict=True):
            self._associate(f"control-plane-{zone.letter}", inner, subnet)
        self.register_outputs({"vpc_id": self.vpc.id})

    def _subnet(self, kind: str, zone: Zone, cidr: str, tags: dict[str, str]) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{kind}-{zone.letter}",
            vpc_id=self.vpc.id,
            availability_zone=zone.name,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={**name_tag(f"{self._cluster}-{kind}-{zone.letter}"), **tags},
            opts=within(self),
        )

    def _route_table(self, kind: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            kind, vpc_id=self.vpc.id, tags=name_tag(f"{self._cluster}-{kind}"), opts=within(self)
        )

    def _associate(
        self, name: str, table: aws.ec2.RouteTable, subnet: aws.ec2.Subnet
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            name, route_table_id=table.id, subnet_id=subnet.id, opts=within(self)
        )

    def _public_routes(self, gateway: aws.ec2.InternetGateway) -> list[pulumi.Resource]:
        table = self._route_table("public")
        route = aws.ec2.Route(
            "public",
            route_table_id=table.id,
            destination_cidr_block=_INTERNET,
            gateway_id=gateway.id,
            opts=within(self),
        )
        associations = [
            self._associate(f"public-{zone.letter}", table, subnet)
            for zone, subnet in zip(self.zones, self.public, strict=True)
        ]
        return [route, *associations]

    def _nat_gateways(
        self, gateway: aws.ec2.InternetGateway, routes: Sequence[pulumi.Resource]
    ) -> list[aws.ec2.NatGateway]:
        """One per zone, or one for all; they need the internet gateway, also to be deleted."""
        count = 1 if self._settings.nat_gateways == "one" else len(self.zones)
        declared: list[aws.ec2.NatGateway] = []
        for zone, subnet in list(zip(self.zones, self.public, strict=True))[:count]:
            tags = name_tag(f"{self._cluster}-nat-{zone.letter}")
            address = aws.ec2.Eip(f"nat-{zone.letter}", domain="vpc", tags=tags, opts=within(self, gateway))
            declared.append(
                aws.ec2.NatGateway(
                    f"nat-{zone.letter}",
                    allocation_id=address.id,
                    subnet_id=subnet.id,
                    tags=tags,
                    opts=within(self, gateway, *routes),
                )
            )
        return declared

    def _private_routes(
        self, nat_gateways: Sequence[aws.ec2.NatGateway]
    ) -> tuple[list[aws.ec2.RouteTable], list[pulumi.Resource]]:
        tables: list[aws.ec2.RouteTable] = []
        routes: list[pulumi.Resource] = []
        for place, (zone, subnet) in enumerate(zip(self.zones, self.private, strict=True)):
            table = self._route_table(f"private-{zone.letter}")
            route = aws.ec2.Route(
                f"private-{zone.letter}",
                route_table_id=table.id,
                destination_cidr_block=_INTERNET,
                nat_gateway_id=nat_gateways[min(place, len(nat_gateways) - 1)].id,
                opts=within(self),
            )
            tables.append(table)
            routes += [route, self._associate(f"private-{zone.letter}", table, subnet)]
        return tables, routes


def declare_endpoints(name: str, settings: EksSettings, network: Network, *, parent: pulumi.Resource) -> None:
    """Declare the endpoints of AWS services in the VPC, which spare images and their layers the NAT gateways' charge.

    S3, which stores the layers, has a free gateway; ECR and the others have interfaces.
    """
    aws.ec2.VpcEndpoint(
        "s3",
        vpc_id=network.vpc.id,
        service_name=f"com.amazonaws.{settings.region}.s3",
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
            tags=name_tag(f"{name}-{service}"),
            opts=within(parent),
        )


def declare_flow_logs(name: str, settings: EksSettings, network: Network, *, parent: pulumi.Resource) -> None:
    """Declare the record of the network's connections."""
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
        tags=name_tag(name),
        # AWS has one flow log of a VPC per destination.
        opts=within(parent, rights, delete_first=True),
    )
