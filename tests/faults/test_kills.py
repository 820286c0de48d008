"""SIGKILL of any part of a move at any moment: the same command goes on, and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.faults.campaign import Campaign
from tests.faults.striking import Victim, locks, strike
from tests.integration.conftest import Declare, Lasting


@pytest.fixture(scope="module")
def campaign(checkout: Checkout, cluster: LiveCluster, lasting: Lasting) -> Campaign:
    """Moves of one namespace back and forth, which go on from test to test."""
    return Campaign(
        checkout,
        cluster,
        environment=lasting.environment,
        namespace=lasting.namespace,
        seed=0,
        duration=3.0,
    )


@pytest.mark.parametrize("victim", Victim)
def test_a_move_killed_at_any_moment_is_finished_by_the_same_command(
    campaign: Campaign, victim: Victim
) -> None:
    played = campaign.play(0, victim)
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
