"""A protected namespace: its own stack refuses to release it, by a flip and by a move."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare, Platform


def test_a_stack_does_not_release_a_protected_namespace(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, platform: Platform, environment: str
) -> None:
    declare("day", namespace="kept", protect_namespace=True)
    checkout.app_up("day", environment)
    before = cluster.uids("kept")
    text = checkout.refused("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    assert f"is protected by day-service-app.{environment}" in text

    platform({"kept": {"adopt_from": f"day-service-app.{environment}"}})
    declare("day", namespace="kept", create_namespace=False)
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "The namespace 'kept' is protected, so its stack does not release it." in text
    assert cluster.uids("kept") == before


def test_protection_comes_and_goes_with_its_setting_on_a_stack_that_is_deployed(
    checkout: Checkout, declare: Declare, environment: str
) -> None:
    declare("day", namespace="protected")
    checkout.app_up("day", environment)
    declare("day", namespace="protected", protect_namespace=True)
    assert "1 updated" in checkout.app_up("day", environment)
    assert "unchanged" in (text := checkout.app_up("day", environment))
    assert "updated" not in text
    move = {"SERVICE": "day", "ENV": environment, "TO": "infrastructure"}
    assert "is protected by" in checkout.refused("namespace-move", **move)

    declare("day", namespace="protected", protect_namespace=False)
    assert "1 updated" in checkout.app_up("day", environment)
    assert (
        "1. service-infrastructure.dev adopts it" in checkout.make("namespace-move", **move, DRY_RUN="1").text
    )
