"""The price table: what AWS takes for the parts of a cluster, by region, in US dollars without tax.

Compiled on 2026-11-24 from what others publish of AWS's prices, on demand and for Linux, and not checked against AWS's
own pages: https://aws.amazon.com/ec2/pricing/on-demand/, https://aws.amazon.com/vpc/pricing/,
https://aws.amazon.com/eks/pricing/, https://aws.amazon.com/ebs/pricing/,
https://aws.amazon.com/elasticloadbalancing/pricing/. It is for estimates; the bill is AWS's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DATE = "2026-11-24"
"""When the table was compiled."""

HOURS = 730
"""Of a month, as AWS's own calculator counts them."""

CONTROL_PLANE_HOUR = 0.10
EXTENDED_SUPPORT_HOUR = 0.60
PUBLIC_ADDRESS_HOUR = 0.005
KEY_MONTH = 1.0


@dataclass(frozen=True)
class Prices:
    """A region's prices.

    Args:
        nat_hour: of a NAT gateway, an hour.
        nat_gb: of a GB that goes through one.
        endpoint_hour: of an interface endpoint in one zone, an hour.
        load_balancer_hour: of an Application Load Balancer, an hour, without its traffic.
        disk_gb_month: of a GB of a gp3 volume, a month.
        log_gb: of a GB of logs taken in.
        large_hour: of an instance of size large, an hour, by family; other sizes cost in proportion.
    """

    nat_hour: float
    nat_gb: float
    endpoint_hour: float
    load_balancer_hour: float
    disk_gb_month: float
    log_gb: float
    large_hour: Mapping[str, float]


PRICES: Mapping[str, Prices] = MappingProxyType(
    {
        "us-east-1": Prices(
            nat_hour=0.045,
            nat_gb=0.045,
            endpoint_hour=0.010,
            load_balancer_hour=0.0225,
            disk_gb_month=0.08,
            log_gb=0.50,
            large_hour=MappingProxyType(
                {
                    "t3": 0.0832,
                    "t4g": 0.0672,
                    "m5": 0.096,
                    "m6i": 0.096,
                    "m6g": 0.077,
                    "m7i": 0.1008,
                    "m7g": 0.0816,
                    "c6i": 0.085,
                    "c7i": 0.08925,
                    "c7g": 0.0725,
                    "r6i": 0.126,
                    "r7i": 0.1323,
                    "r7g": 0.1071,
                }
            ),
        ),
        "eu-west-1": Prices(
            nat_hour=0.048,
            nat_gb=0.048,
            endpoint_hour=0.011,
            load_balancer_hour=0.0252,
            disk_gb_month=0.088,
            log_gb=0.57,
            large_hour=MappingProxyType(
                {
                    "t3": 0.0912,
                    "t4g": 0.0736,
                    "m5": 0.107,
                    "m6i": 0.107,
                    "m6g": 0.086,
                    "m7i": 0.11235,
                    "m7g": 0.091,
                    "c6i": 0.0912,
                    "c7i": 0.09576,
                    "c7g": 0.0775,
                    "r6i": 0.141,
                    "r7i": 0.14805,
                    "r7g": 0.1199,
                }
            ),
        ),
        "eu-central-1": Prices(
            nat_hour=0.052,
            nat_gb=0.052,
            endpoint_hour=0.012,
            load_balancer_hour=0.027,
            disk_gb_month=0.0952,
            log_gb=0.63,
            large_hour=MappingProxyType(
                {
                    "t3": 0.096,
                    "t4g": 0.0768,
                    "m5": 0.115,
                    "m6i": 0.115,
                    "m6g": 0.092,
                    "m7i": 0.12075,
                    "m7g": 0.0978,
                    "c6i": 0.097,
                    "c7i": 0.10185,
                    "r6i": 0.152,
                    "r7i": 0.1596,
                }
            ),
        ),
    }
)
"""The regions whose prices are known."""

_SIZES = MappingProxyType({"small": 0.25, "medium": 0.5, "large": 1.0, "xlarge": 2.0})


def instance_hour(prices: Prices, instance_type: str) -> float | None:
    """What an instance costs an hour; None where the table does not have its family.

    Args:
        prices: the region's prices.
        instance_type: such as `m7i.2xlarge`.
    """
    family, _, size = instance_type.partition(".")
    large = prices.large_hour.get(family)
    factor = _SIZES.get(size)
    if factor is None and size.removesuffix("xlarge").isdigit():
        factor = 2.0 * int(size.removesuffix("xlarge"))
    return None if large is None or factor is None else large * factor
