"""A namespace deleted from under its stack is told plainly, and one command after another brings it back."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_a_namespace_gone_from_under_its_owner_is_told_and_created_again_on_request(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="vanished")
    checkout.app_up("day", environment)
    cluster.delete_namespace("vanished")
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "'vanished' no longer exists, but is still in the state of" in text
    assert f"make app-refresh SERVICE=day ENV={environment}" in text
    assert not cluster.exists("vanished")
    checkout.make("app-refresh", SERVICE="day", ENV=environment)
    checkout.app_up("day", environment)
    assert cluster.apps.read_namespaced_deployment("day-service", "vanished").status.ready_replicas == 2


def test_a_namespace_that_was_recreated_by_hand_is_not_mistaken_for_the_old_one(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="recreated")
    checkout.app_up("day", environment)
    cluster.delete_namespace("recreated")
    cluster.core.create_namespace({"metadata": {"name": "recreated"}})
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "was recreated since" in text
    cluster.core.delete_namespace("recreated")
