"""The verb infra-cost: an estimate from a stack's own settings file, marked as one."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from operations.costs.show import as_document, show
from operations.costs.stack import stack_estimate
from operations.engine.project import Project, StackId, infrastructure_stack
from shared.refusal import Refusal

TODAY = date(2026, 11, 24)
PREFIX = "service-infrastructure"


@pytest.fixture
def stack(tmp_path: Path) -> StackId:
    """The production stack, with a settings file of its own."""
    source = infrastructure_stack("production").project
    (tmp_path / "Pulumi.production.yaml").write_text(source.settings_file("production").read_text())
    return StackId(Project(tmp_path, PREFIX, "infrastructure"), "production")


def rewrite(stack: StackId, **eks: object) -> None:
    file = stack.project.settings_file("production")
    document = yaml.safe_load(file.read_text())
    document["config"][f"{PREFIX}:eks"] |= eks
    file.write_text(yaml.safe_dump(document))


def printed(stack: StackId) -> str:
    console = Console(width=120, file=StringIO(), record=True)
    show(stack.label, stack_estimate(stack, TODAY), console)
    return console.export_text()


def test_the_repositorys_production_stack_has_an_estimate_that_is_marked_as_one(stack: StackId) -> None:
    text = printed(stack)
    assert "Estimate for infrastructure/production, USD a month" in text
    for part in ("Control plane", "NAT gateways", "Nodes of general (m7i.large)", "Together", "each Ingress"):
        assert part in text, part
    assert "An estimate, by list prices of 2026-11-24" in text


def test_settings_change_the_estimate(stack: StackId) -> None:
    before = stack_estimate(stack, TODAY)
    rewrite(stack, nat_gateways="one")
    after = stack_estimate(stack, TODAY)
    assert before is not None
    assert after is not None
    assert before.month - after.month == pytest.approx(2 * (0.052 + 0.005) * 730)


def test_scripts_get_the_same_figures(stack: StackId) -> None:
    found = stack_estimate(stack, TODAY)
    assert found is not None
    document = as_document(found)
    assert document["month"] == pytest.approx(sum(part["month"] for part in document["parts"]), abs=0.01)
    assert document["month_at_most"] > document["month"] > 0
    assert (document["currency"], document["estimate"]) == ("USD", True)


def test_a_stack_that_makes_nothing_in_aws_costs_nothing_there() -> None:
    assert stack_estimate(infrastructure_stack("dev"), TODAY) is None
    assert "costs nothing" in printed(infrastructure_stack("dev"))
    assert as_document(None)["month"] == 0


def test_wrong_settings_are_refused_with_their_names(stack: StackId) -> None:
    rewrite(stack, cidr="10.0.0.0/28")
    with pytest.raises(Refusal, match=r"eks\.cidr"):
        stack_estimate(stack, TODAY)


def test_a_region_without_prices_is_refused_with_those_that_there_are(stack: StackId) -> None:
    rewrite(stack, region="sa-east-1", zones=[])
    with pytest.raises(Refusal, match="no prices for sa-east-1") as caught:
        stack_estimate(stack, TODAY)
    assert "us-east-1, eu-west-1, eu-central-1" in caught.value.remedy


def test_a_part_without_a_price_is_named(stack: StackId) -> None:
    rewrite(stack, node_groups={"gpu": {"instance_types": ["g6.xlarge"]}})
    assert "Without a price in the table: Nodes of gpu (g6.xlarge)" in printed(stack)
