"""The network: a VPC over the zones, with public, private and control plane subnets and the ways out of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infrastructure.eks.addressing import ZoneAddresses, addresses
from infrastructure.eks.aws import name_tag, within
from infrastructure.eks.settings import EksSettings

_EVERYWHERE = "0.0.0.0/0"
_PUBLIC_LOAD_BALANCERS = {"kubernetes.io/role/elb": "1"}
_INTERNAL_LOAD_BALANCERS = {"kubernetes.io/role/internal-elb": "1"}
"""By these the load balancer controller finds its subnets:
https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html"""


@dataclass(frozen=True)
class Subnets:
    """The subnets of all zones, in the order of the zones."""

    public: Sequence[aws.ec2.Subnet]
    private: Sequence[aws.ec2.Subnet]
    control_plane: Sequence[aws.ec2.Subnet]


class Network(pulumi.ComponentResource):
    """The cluster's VPC.

    Args:
        name: the cluster's name.
        settings: the cluster's settings.
        parent: the component that it is a part of.
    """

    def __init__(self, name: str, settings: EksSettings, *, parent: pulumi.Resource) -> None:
        super().__init__("platform:eks:Network", name, opts=pulumi.ResourceOptions(parent=parent))
        self._cluster, self._settings = name, settings
        self.zones = addresses(settings.cidr, settings.availability_zones)

        self.vpc = aws.ec2.Vpc(
            "vpc",
            cidr_block=settings.cidr,
            # Private endpoints of AWS services and of the API server are names.
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=name_tag(name),
            opts=within(self, protect=settings.deletion_protection),
        )
        # What nobody names a security group for gets this one, which lets nothing through.
        aws.ec2.DefaultSecurityGroup("default", vpc_id=self.vpc.id, opts=within(self))
        self.subnets = Subnets(
            public=[self._subnet("public", z, z.public, _PUBLIC_LOAD_BALANCERS) for z in self.zones],
            private=[self._subnet("private", z, z.private, _INTERNAL_LOAD_BALANCERS) for z in self.zones],
            control_plane=[self._subnet("control-plane", z, z.control_plane, {}) for z in self.zones],
        )
        gateway = aws.ec2.InternetGateway(
            "internet", vpc_id=self.vpc.id, tags=name_tag(name), opts=within(self)
        )
        public_routes = self._public_routes(gateway)
        nat_gateways = self._nat_gateways(gateway, public_routes)
        self.private_route_tables, self.routes_out = self._private_routes(nat_gateways)
        # The control plane's interfaces talk within the VPC alone.
        self.inner_route_table = self._route_table("control-plane")
        for zone, subnet in zip(self.zones, self.subnets.control_plane, strict=True):
            self._associate(f"control-plane-{zone.letter}", self.inner_route_table, subnet)
        self.register_outputs({"vpc_id": self.vpc.id})

    def _subnet(self, kind: str, zone: ZoneAddresses, cidr: str, tags: dict[str, str]) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{kind}-{zone.letter}",
            vpc_id=self.vpc.id,
            availability_zone=zone.zone,
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
            destination_cidr_block=_EVERYWHERE,
            gateway_id=gateway.id,
            opts=within(self),
        )
        associations = [
            self._associate(f"public-{zone.letter}", table, subnet)
            for zone, subnet in zip(self.zones, self.subnets.public, strict=True)
        ]
        return [route, *associations]

    def _nat_gateways(
        self, gateway: aws.ec2.InternetGateway, routes: Sequence[pulumi.Resource]
    ) -> list[aws.ec2.NatGateway]:
        """One for each zone or one for all; they work, and can go, only while the internet gateway is there."""
        count = 1 if self._settings.nat_gateways == "one" else len(self.zones)
        made: list[aws.ec2.NatGateway] = []
        for zone, subnet in list(zip(self.zones, self.subnets.public, strict=True))[:count]:
            tags = name_tag(f"{self._cluster}-nat-{zone.letter}")
            address = aws.ec2.Eip(f"nat-{zone.letter}", domain="vpc", tags=tags, opts=within(self, gateway))
            made.append(
                aws.ec2.NatGateway(
                    f"nat-{zone.letter}",
                    allocation_id=address.id,
                    subnet_id=subnet.id,
                    tags=tags,
                    opts=within(self, gateway, *routes),
                )
            )
        return made

    def _private_routes(
        self, nat_gateways: Sequence[aws.ec2.NatGateway]
    ) -> tuple[list[aws.ec2.RouteTable], list[pulumi.Resource]]:
        tables: list[aws.ec2.RouteTable] = []
        routes: list[pulumi.Resource] = []
        for place, (zone, subnet) in enumerate(zip(self.zones, self.subnets.private, strict=True)):
            table = self._route_table(f"private-{zone.letter}")
            route = aws.ec2.Route(
                f"private-{zone.letter}",
                route_table_id=table.id,
                destination_cidr_block=_EVERYWHERE,
                nat_gateway_id=nat_gateways[min(place, len(nat_gateways) - 1)].id,
                opts=within(self),
            )
            tables.append(table)
            routes += [route, self._associate(f"private-{zone.letter}", table, subnet)]
        return tables, routes
