"""Two stacks that ask to own one namespace are refused before anything runs, whichever is deployed first."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_two_services_that_ask_for_one_namespace_are_refused_before_a_preview(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="both")
    declare("dusk", namespace="both")
    for service in ("day", "dusk"):
        text = checkout.refused("app-up", SERVICE=service, ENV=environment)
        assert "both ask to own the namespace 'both'" in text
        assert f"apps/day/Pulumi.{environment}.yaml" in text
        assert f"apps/dusk/Pulumi.{environment}.yaml" in text
        assert "preview ..." not in text
    assert not cluster.exists("both")

    declare(
        "dusk", namespace="both", create_namespace=False, namespace_source=f"day-service-app/{environment}"
    )
    checkout.app_up("day", environment)
    checkout.app_up("dusk", environment)
    assert cluster.owner("both") == f"day-service-app.{environment}"
