"""Two environments live side by side, and neither sees the other."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_two_environments_of_a_service_do_not_touch_each_other(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="blue", log_level="debug")
    checkout.app_up("day", environment)
    before = cluster.uids("blue")
    checkout.settings("day", "green", {"infra_stack_name": "dev", "namespace": "green", "log_level": "error"})
    try:
        checkout.app_up("day", "green")
        assert cluster.uids("blue") == before
        levels = [
            cluster.core.read_namespaced_config_map("day-service-config", name).data["LOG_LEVEL"]
            for name in ("blue", "green")
        ]
        assert levels == ["debug", "error"]
        checkout.make("app-down", SERVICE="day", ENV="green", DELETE_NAMESPACE="green")
        assert cluster.uids("blue") == before
    finally:
        checkout.settings_file("day", "green").unlink()


def test_an_unknown_service_or_environment_lists_the_known_ones(checkout: Checkout) -> None:
    assert "SERVICE=day, SERVICE=dusk" in checkout.refused("app-up", SERVICE="noon")
    assert "SERVICE=day, SERVICE=dusk" in checkout.refused("app-up")
    assert "dev, production" in checkout.refused("app-up", SERVICE="day", ENV="nowhere")
