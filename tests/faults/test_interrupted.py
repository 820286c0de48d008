"""Ctrl-C, or the end of a CI job: what has begun is finished and saved, no lock stays, and the next run goes on."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from operations.engine.recovery import running_plugins
from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.faults.striking import locks
from tests.growth import borrowed_services, service_names
from tests.integration.conftest import Declare

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def stopped(process: "subprocess.Popen[str]", number: signal.Signals) -> str:
    """Send what a terminal sends to all in its foreground group, and return what was printed until the end."""
    os.killpg(process.pid, number)
    text, _ = process.communicate()
    assert process.returncode != 0, text
    assert "Traceback" not in text, text
    assert "stopping; what has begun is finished and saved" in text
    return text


@pytest.mark.parametrize("number", SIGNALS, ids=[number.name for number in SIGNALS])
def test_a_deployment_that_is_interrupted_ends_in_order_and_the_next_one_goes_on(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, number: signal.Signals
) -> None:
    namespace = f"interrupted-{number.name.lower()}"
    declare("day", namespace=namespace)
    process = checkout.start("app-up", SERVICE="day", ENV=environment)
    until(lambda: cluster.exists(namespace), "the deployment under way")
    made = cluster.uids(namespace)
    stopped(process, number)
    assert not locks(checkout, "day-service-app", environment)
    assert not list(running_plugins(checkout.root / ".local" / "bin"))
    assert checkout.left_behind == []

    checkout.app_up("day", environment)
    after = cluster.uids(namespace)
    assert {key: after.get(key) for key in made} == made
    assert "unchanged" in checkout.app_up("day", environment)


@pytest.fixture
def fleet(checkout: Checkout, cluster: LiveCluster, environment: str) -> Iterator[list[str]]:
    """Three services with a namespace each."""
    names = service_names(3, first=91)
    with borrowed_services(checkout, names, environment, cluster.delete_namespaces):
        yield names


def test_a_fleet_that_is_interrupted_ends_those_under_way_in_order_and_begins_nobody_else(
    checkout: Checkout, cluster: LiveCluster, environment: str, fleet: list[str]
) -> None:
    first, *others = fleet
    process = checkout.start("apps-up", ENV=environment, PARALLEL="1")
    until(lambda: cluster.exists(f"{first}-{environment}"), "the first one under way")
    made = cluster.uids(f"{first}-{environment}")
    os.killpg(process.pid, signal.SIGINT)
    text, _ = process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in text
    assert "Stopping; what has begun is finished and saved, nothing else begins" in text
    assert not any(cluster.exists(f"{name}-{environment}") for name in others)
    assert not any(locks(checkout, f"{name}-service-app", environment) for name in fleet)

    assert "failed" not in checkout.make("apps-up", ENV=environment).text
    assert "apps-up: 3 unchanged" in checkout.make("apps-up", ENV=environment).text
    after = cluster.uids(f"{first}-{environment}")
    assert {key: after.get(key) for key in made} == made
