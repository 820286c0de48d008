"""A second environment in the same account: its first run is stopped half-way, and the next one goes on."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.cluster import until
from tests.eks.production import Emulator, Platform

STAGING = "platform-staging"


@pytest.fixture
def staging(platform: Platform) -> Iterator[str]:
    """Settings of another environment with a cluster and a network of its own; it is taken down afterwards."""
    values = platform.settings_of()
    eks = {
        **values["eks"],
        "name": STAGING,
        "cidr": "10.30.0.0/16",
        "production": False,
        "nat_gateways": "one",
    }
    eks = {**eks, "zones": eks["zones"][:2], "deletion_protection": False, "oidc_provider": True}
    platform.settings("infrastructure", "staging", {"cluster": "eks", "eks": eks})
    yield "staging"
    platform.make("infra-down", ENV="staging")


def test_a_first_run_that_was_stopped_goes_on_and_leaves_the_other_environment_alone(
    platform: Platform, emulator: Emulator, staging: str
) -> None:
    process = platform.start("infra-up", ENV=staging)
    until(lambda: STAGING in emulator.inventory()["clusters"], "the cluster of staging", seconds=240)
    until(lambda: emulator.access(STAGING)["entries"], "an access entry of staging")
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode != 0
    platform.make("infra-up", ENV=staging)
    assert set(emulator.access(STAGING)["entries"]) == set(emulator.access()["entries"])
    assert "created" not in platform.make("infra-up", ENV=staging).text.splitlines()[-1]
    assert not platform.up()
