"""SIGKILL of any part of a move at any moment: the same command goes on, and nothing is lost."""

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.faults.campaign import Campaign
from tests.faults.striking import Victim, strike
from tests.integration.conftest import Declare


@pytest.mark.parametrize(("seed", "victim"), list(enumerate(Victim)), ids=[victim.value for victim in Victim])
def test_a_move_killed_at_any_moment_is_finished_by_the_same_command(
    checkout: Checkout, cluster: LiveCluster, deployed: str, environment: str, seed: int, victim: Victim
) -> None:
    campaign = Campaign(
        checkout, cluster, environment=environment, namespace=deployed, seed=seed, duration=3.0
    )
    for number in (0, 1):
        played = campaign.play(number, victim)
        assert not played.lost, played


@pytest.mark.parametrize("seconds", [1.5, 2.5, 3.5])
def test_a_first_deployment_killed_at_any_moment_goes_on(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, seconds: float
) -> None:
    namespace = f"killed-{int(seconds * 10)}"
    declare("day", namespace=namespace)
    process = checkout.start("app-up", SERVICE="day", ENV=environment)
    try:
        process.wait(timeout=seconds)
    except Exception:
        strike(process, Victim.EVERYTHING)
    process.communicate()
    made = cluster.uids(namespace) if cluster.exists(namespace) else {}
    checkout.app_up("day", environment)
    after = cluster.uids(namespace)
    assert {key: after.get(key) for key in made} == made
    assert cluster.apps.read_namespaced_deployment("day-service", namespace).status.ready_replicas == 2
    assert "unchanged" in checkout.app_up("day", environment)
