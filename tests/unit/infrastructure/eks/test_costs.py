"""Costs: each part at its price, the surprises among them, and what the table does not know said so."""

from datetime import date
from typing import Any

import pytest

from infrastructure.eks.costs import Estimate, estimate
from infrastructure.eks.prices import PRICES, instance_hour
from infrastructure.eks.settings import EksSettings
from infrastructure.eks.versions import ADDONS, STANDARD_SUPPORT_ENDS
from tests.unit.infrastructure.eks.conftest import EKS

TODAY = date(2026, 11, 24)
GROUP = {"instance_types": ["m7i.large"], "min_size": 3, "max_size": 6, "disk_size": 100}


def estimated(today: date = TODAY, **eks: Any) -> Estimate:
    settings = {**EKS, "region": "us-east-1", "node_groups": {"general": GROUP}, **eks}
    found = estimate(EksSettings.model_validate(settings), today)
    assert found is not None
    return found


def month(found: Estimate, part: str) -> float:
    (cost,) = (cost for cost in found.costs if part in cost.part)
    assert cost.month is not None
    return cost.month


def test_every_part_is_counted_at_its_price() -> None:
    found = estimated()
    assert month(found, "Control plane") == pytest.approx(73.00)
    assert month(found, "NAT gateways") == pytest.approx(3 * 0.045 * 730)
    assert month(found, "public addresses") == pytest.approx(3 * 0.005 * 730)
    assert month(found, "Interface endpoints") == pytest.approx(2 * 3 * 0.01 * 730)
    assert month(found, "Nodes of general") == pytest.approx(3 * 0.1008 * 730)
    assert month(found, "disks") == pytest.approx(3 * 100 * 0.08)
    assert found.month == pytest.approx(sum(cost.month or 0 for cost in found.costs))


def test_one_nat_gateway_and_further_endpoints_change_the_sum() -> None:
    assert month(estimated(nat_gateways="one"), "NAT gateways") == pytest.approx(0.045 * 730)
    assert month(estimated(interface_endpoints=["sts", "ec2"]), "endpoints") == pytest.approx(
        4 * 3 * 0.01 * 730
    )


def test_node_groups_are_counted_at_their_largest_too() -> None:
    found = estimated()
    nodes_and_disks = 3 * (0.1008 * 730 + 100 * 0.08)
    assert found.most - found.month == pytest.approx(nodes_and_disks)


@pytest.mark.parametrize(
    ("version", "policy", "hour"),
    [("1.33", "EXTENDED", 0.60), ("1.33", "STANDARD", 0.10), ("1.35", "EXTENDED", 0.10)],
)
def test_extended_support_costs_more_once_it_has_begun(version: str, policy: str, hour: float) -> None:
    found = estimated(version=version, upgrade_policy=policy)
    assert month(found, "Control plane") == pytest.approx(hour * 730)


def test_every_pinned_version_has_an_end_of_standard_support() -> None:
    assert set(STANDARD_SUPPORT_ENDS) == set(ADDONS)


@pytest.mark.parametrize(
    ("instance_type", "hour"),
    [
        ("m7i.large", 0.1008),
        ("m7i.xlarge", 0.2016),
        ("m7i.4xlarge", 0.8064),
        ("t3.medium", 0.0416),
        ("m7i.metal-24xl", None),
        ("x9z.large", None),
    ],
)
def test_an_instance_costs_in_proportion_to_its_size(instance_type: str, hour: float | None) -> None:
    found = instance_hour(PRICES["us-east-1"], instance_type)
    assert found == (None if hour is None else pytest.approx(hour))


def test_what_the_table_does_not_know_is_said_and_not_counted_as_nothing() -> None:
    found = estimated(node_groups={"gpu": {**GROUP, "instance_types": ["g6.xlarge"]}})
    assert found.unpriced == ("Nodes of gpu (g6.xlarge)",)


def test_a_region_without_prices_has_no_estimate() -> None:
    assert estimate(EksSettings.model_validate({**EKS, "region": "sa-east-1"}), TODAY) is None


@pytest.mark.parametrize("region", PRICES)
def test_the_default_node_groups_have_a_price_in_every_region(region: str) -> None:
    found = estimate(EksSettings.model_validate({**EKS, "region": region}), TODAY)
    assert found is not None
    assert not found.unpriced
