"""Living in a namespace of another stack: only where that stack owns it."""

from collections.abc import Callable
from typing import Any

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_reading_from_a_stack_that_does_not_own_it_is_refused(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="nowhere", create_namespace=False)
    text = checkout.refused("app-preview", SERVICE="day", ENV=environment)
    assert "from service-infrastructure/dev, which does not own it" in text
    assert not cluster.exists("nowhere")


def test_two_services_share_a_namespace_that_one_of_them_owns(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="common")
    declare(
        "dusk", namespace="common", create_namespace=False, namespace_source=f"day-service-app/{environment}"
    )
    checkout.app_up("day", environment)
    checkout.app_up("dusk", environment)
    assert {"Deployment/day-service", "Deployment/dusk-service"} <= set(cluster.uids("common"))
    assert cluster.owner("common") == f"day-service-app.{environment}"


def test_only_a_tenant_may_live_in_a_namespace_that_names_its_tenants(
    checkout: Checkout,
    declare: Declare,
    environment: str,
    platform: Callable[[dict[str, Any]], str],
) -> None:
    platform({"leased": {"tenants": [f"day-service-app.{environment}"]}})
    declare("day", namespace="leased", create_namespace=False)
    declare("dusk", namespace="leased", create_namespace=False)
    checkout.app_up("day", environment)
    text = checkout.refused("app-up", SERVICE="dusk", ENV=environment)
    assert "is not a tenant of the namespace 'leased'" in text


def test_an_infrastructure_stack_that_was_never_deployed_is_named(
    checkout: Checkout, declare: Declare, environment: str
) -> None:
    declare("day", namespace="early", infra_stack_name="never")
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "service-infrastructure/never exports nothing" in text
    assert "make infra-up ENV=never" in text
