"""Addresses: which part of the VPC's network each subnet gets, so that none ever has to move."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

_EIGHTHS = 3
"""The VPC is cut into eighths: six for the private subnets of zones a to f, one for public, one for control plane."""

_PUBLIC, _CONTROL_PLANE = 6, 7
_SMALLEST = 28
"""The longest prefix of a subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html. EKS asks for at
least six free addresses in each: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""


@dataclass(frozen=True)
class ZoneAddresses:
    """The networks of one availability zone's subnets.

    Args:
        zone: the zone, such as `eu-central-1a`.
        private: of nodes and pods.
        public: of load balancers and NAT gateways.
        control_plane: of the control plane's network interfaces.
    """

    zone: str
    private: str
    public: str
    control_plane: str

    @property
    def letter(self) -> str:
        """The zone within its region, by which its resources are called."""
        return self.zone[-1]


def addresses(cidr: str, zones: Sequence[str]) -> list[ZoneAddresses]:
    """The networks of all subnets, by zone.

    A zone's networks follow from its letter alone: zones can be added, removed or listed in another order while the
    subnets of all others stay where they are.

    Args:
        cidr: the VPC's network; a /21 or larger.
        zones: the availability zones.
    """
    vpc = ipaddress.IPv4Network(cidr)
    eighths = list(vpc.subnets(prefixlen_diff=_EIGHTHS))
    public = list(eighths[_PUBLIC].subnets(prefixlen_diff=_EIGHTHS))
    control_plane = eighths[_CONTROL_PLANE].subnets(new_prefix=_SMALLEST)
    interfaces = [network for _, network in zip(range(_PUBLIC), control_plane, strict=False)]
    return [
        ZoneAddresses(
            zone=zone,
            private=str(eighths[_place(zone)]),
            public=str(public[_place(zone)]),
            control_plane=str(interfaces[_place(zone)]),
        )
        for zone in zones
    ]


def _place(zone: str) -> int:
    return ord(zone[-1]) - ord("a")
