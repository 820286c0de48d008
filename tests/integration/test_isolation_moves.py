"""While a namespace changes its owner or its manager, what isolates it is never gone for a moment."""

from typing import Any

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import INFRASTRUCTURE, Declare, Platform, settings_of
from tests.integration.witness import OWNER, Witness, held, managers

SETTINGS: dict[str, Any] = {
    "profile": "small",
    "team": "backend",
    "cost_center": "42",
    "isolation": {"quota": {"config_maps": 33}, "pod_security": {"warn": "baseline"}},
}


def test_an_application_that_manages_the_isolation_goes_on_while_the_namespace_moves(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    infrastructure_settings: None,
) -> None:
    application, name = f"day-service-app.{environment}", "self-managed"
    declare("day", namespace=name, max_replicas=3, governed_by="application", **SETTINGS)
    checkout.app_up("day", environment)

    with Witness(cluster, name) as witness:
        checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
        assert cluster.owner(name) == INFRASTRUCTURE
        assert managers(cluster, name) == {application}
        entry = settings_of(checkout, "infrastructure", "dev")["namespaces"][name]
        assert entry == {**SETTINGS, "governed_by": "application"}
        mine = settings_of(checkout, "day", environment)
        assert mine.items() >= {**SETTINGS, "governed_by": "application"}.items()
        assert "updated" not in checkout.app_up("day", environment)
        assert "updated" not in checkout.make("infra-up").text

        checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="application")
        assert cluster.owner(name) == application
        assert "updated" not in checkout.app_up("day", environment)
    held(witness, application, INFRASTRUCTURE)
    touched = {seen.labels[OWNER] for seen in witness.events if seen.kind != "Namespace"}
    assert touched <= {application}


def test_the_manager_changes_without_the_owner(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, platform: Platform
) -> None:
    application, name = f"day-service-app.{environment}", "managed"
    platform({name: {}})
    declare("day", namespace=name, max_replicas=3, create_namespace=False)
    checkout.app_up("day", environment)
    with Witness(cluster, name) as witness:
        declare("day", namespace=name, max_replicas=3, create_namespace=False, governed_by="application")
        assert "manages its isolation itself" in checkout.refused("app-up", SERVICE="day", ENV=environment)
        platform({name: {"governed_by": "application"}})
        assert managers(cluster, name) == {INFRASTRUCTURE}
        checkout.app_up("day", environment)
        assert managers(cluster, name) == {application}

        checkout.settings("infrastructure", "dev", {"cluster": "local", "namespaces": {name: {}}})
        assert f"is managed by {application}" in checkout.refused("infra-up")
        platform({name: {"adopt_from": application}})
        assert managers(cluster, name) == {INFRASTRUCTURE}
        declare("day", namespace=name, max_replicas=3, create_namespace=False)
        checkout.app_up("day", environment)
        assert managers(cluster, name) == {INFRASTRUCTURE}
    held(witness, application, INFRASTRUCTURE)
