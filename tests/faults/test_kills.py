"""SIGKILL of any part of a move at any moment: the same command goes on, and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.faults.campaign import Campaign
from tests.faults.striking import Victim, locks, strike
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


@pytest.mark.parametrize("moment", ["locked", "begun", "half"])
def test_a_first_deployment_killed_at_any_moment_goes_on(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, moment: str
) -> None:
    namespace = f"killed-{moment}"
    declare("day", namespace=namespace)
    process = checkout.start("app-up", SERVICE="day", ENV=environment)
    reached: dict[str, Callable[[], Any]] = {
        "locked": lambda: locks(checkout, "day-service-app", environment),
        "begun": lambda: cluster.exists(namespace),
        "half": lambda: cluster.exists(namespace) and "Deployment/day-service" in cluster.uids(namespace),
    }
    until(reached[moment], f"the deployment {moment}")
    assert strike(process, Victim.EVERYTHING)
    process.communicate()
    made = cluster.uids(namespace) if cluster.exists(namespace) else {}
    checkout.app_up("day", environment)
    after = cluster.uids(namespace)
    assert {key: after.get(key) for key in made} == made
    assert cluster.apps.read_namespaced_deployment("day-service", namespace).status.ready_replicas == 2
    assert "unchanged" in checkout.app_up("day", environment)
