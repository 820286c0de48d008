"""Costs: what the settings of a cluster come to a month, estimated from the price table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from infrastructure.eks.node_settings import NodeGroupSettings
from infrastructure.eks.prices import (
    CONTROL_PLANE_HOUR,
    EXTENDED_SUPPORT_HOUR,
    HOURS,
    KEY_MONTH,
    PRICES,
    PUBLIC_ADDRESS_HOUR,
    Prices,
    instance_hour,
)
from infrastructure.eks.settings import EksSettings
from infrastructure.eks.versions import STANDARD_SUPPORT_ENDS


@dataclass(frozen=True)
class Cost:
    """What one part costs.

    Args:
        part: the part.
        count: how many there are of it.
        month: US dollars a month; None where the table has no price.
        most: US dollars a month at its largest; None where the table has no price.
    """

    part: str
    count: int
    month: float | None
    most: float | None


@dataclass(frozen=True)
class Estimate:
    """What a cluster costs.

    Args:
        costs: its parts.
        besides: what comes on top by use, a phrase each.
    """

    costs: tuple[Cost, ...]
    besides: tuple[str, ...]

    @property
    def month(self) -> float:
        """US dollars a month, of all parts that have a price."""
        return sum(cost.month or 0.0 for cost in self.costs)

    @property
    def most(self) -> float:
        """US dollars a month with every node group at its largest."""
        return sum(cost.most or 0.0 for cost in self.costs)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The parts whose price is not known."""
        return tuple(cost.part for cost in self.costs if cost.month is None)


def estimate(settings: EksSettings, today: date) -> Estimate | None:
    """Estimate what a cluster costs; None where its region has no prices.

    Args:
        settings: the cluster's settings.
        today: the day, since a Kubernetes version costs more from the end of its standard support on.
    """
    prices = PRICES.get(settings.region)
    if prices is None:
        return None
    return Estimate((*_fixed(settings, prices, today), *_nodes(settings, prices)), _besides(prices))


def _fixed(settings: EksSettings, prices: Prices, today: date) -> Iterator[Cost]:
    zones = len(settings.availability_zones)
    gateways = 1 if settings.nat_gateways == "one" else zones
    endpoints = len(settings.interface_services) * zones
    extended = settings.upgrade_policy == "EXTENDED" and today > STANDARD_SUPPORT_ENDS[settings.version]
    control_plane = "Control plane in extended support" if extended else "Control plane"
    yield _hourly(control_plane, 1, EXTENDED_SUPPORT_HOUR if extended else CONTROL_PLANE_HOUR)
    yield _hourly("NAT gateways, without traffic", gateways, prices.nat_hour)
    yield _hourly("Their public addresses", gateways, PUBLIC_ADDRESS_HOUR)
    yield _hourly("Interface endpoints, one a zone, without traffic", endpoints, prices.endpoint_hour)
    yield Cost("Encryption key", 1, KEY_MONTH, KEY_MONTH)


def _nodes(settings: EksSettings, prices: Prices) -> Iterator[Cost]:
    for name, group in settings.node_groups.items():
        kind = group.instance_types[0]
        spot = ", SPOT at the price on demand" if group.capacity_type == "SPOT" else ""
        hour = instance_hour(prices, kind)
        yield _sized(f"Nodes of {name} ({kind}{spot})", group, None if hour is None else hour * HOURS)
        yield _sized(f"Their disks of {group.disk_size} GiB", group, group.disk_size * prices.disk_gb_month)


def _hourly(part: str, count: int, hour: float) -> Cost:
    month = count * hour * HOURS
    return Cost(part, count, month, month)


def _sized(part: str, group: NodeGroupSettings, each: float | None) -> Cost:
    if each is None:
        return Cost(part, group.size, None, None)
    return Cost(part, group.size, group.size * each, group.max_size * each)


def _besides(prices: Prices) -> tuple[str, ...]:
    return (
        f"each Ingress: a load balancer, {prices.load_balancer_hour * HOURS:.2f} a month and its traffic",
        f"each GB through a NAT gateway: {prices.nat_gb}",
        f"each GB of logs (control plane, network): {prices.log_gb}",
        "traffic to the internet and between zones",
    )
