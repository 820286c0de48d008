"""`create_namespace` flipped by hand, in either order and on either side, loses nothing."""

from collections.abc import Callable
from typing import Any

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare

INFRASTRUCTURE = "service-infrastructure.dev"


def test_the_new_owner_first_then_the_old_and_back_again(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    platform: Callable[[dict[str, Any]], str],
) -> None:
    application = f"day-service-app.{environment}"
    declare("day", namespace="handed")
    checkout.app_up("day", environment)
    before = cluster.uids("handed")

    platform({"handed": {"adopt_from": application}})
    assert cluster.owner("handed") == INFRASTRUCTURE
    declare("day", namespace="handed", create_namespace=False)
    assert "keep, and no longer own Namespace/handed" in checkout.app_up("day", environment)
    assert cluster.uids("handed") == before
    assert "updated" not in checkout.app_up("day", environment)

    declare("day", namespace="handed", adopt_namespace_from=INFRASTRUCTURE)
    checkout.app_up("day", environment)
    assert cluster.owner("handed") == application
    assert "keep, and no longer own Namespace/handed" in platform({})
    assert cluster.uids("handed") == before
    assert cluster.owner("handed") == application
    declare("day", namespace="handed")
    checkout.app_up("day", environment)
    assert cluster.owner("handed") == application
    assert cluster.uids("handed") == before


def test_the_old_owner_first_is_refused_or_harmless_and_the_move_can_go_on(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    platform: Callable[[dict[str, Any]], str],
) -> None:
    application = f"day-service-app.{environment}"
    declare("day", namespace="early")
    checkout.app_up("day", environment)
    before = cluster.uids("early")

    declare("day", namespace="early", create_namespace=False)
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "does not own it" in text
    assert cluster.owner("early") == application
    platform({"early": {"adopt_from": application}})
    checkout.app_up("day", environment)
    assert cluster.uids("early") == before

    platform({})
    assert cluster.owner("early") == INFRASTRUCTURE
    refused = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "does not own it" in refused
    declare("day", namespace="early", adopt_namespace_from=INFRASTRUCTURE)
    checkout.app_up("day", environment)
    assert cluster.owner("early") == application
    assert cluster.uids("early") == before


def test_adopting_from_the_wrong_owner_is_refused(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="contested")
    checkout.app_up("day", environment)
    declare("dusk", namespace="contested", adopt_namespace_from=INFRASTRUCTURE)
    text = checkout.refused("app-up", SERVICE="dusk", ENV=environment)
    assert f"is owned by day-service-app.{environment}" in text
    assert cluster.owner("contested") == f"day-service-app.{environment}"


def test_a_namespace_that_nobody_owns_is_taken_over_only_when_asked_for(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    cluster.core.create_namespace({"metadata": {"name": "foreign"}})
    uid = cluster.namespace("foreign").metadata.uid
    declare("day", namespace="foreign")
    assert "no stack owns it" in checkout.refused("app-up", SERVICE="day", ENV=environment)
    declare("day", namespace="foreign", adopt_namespace_from="unowned")
    checkout.app_up("day", environment)
    assert cluster.namespace("foreign").metadata.uid == uid
    assert cluster.owner("foreign") == f"day-service-app.{environment}"
