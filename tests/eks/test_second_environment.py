"""A second environment in the same account: its first run is killed and stopped half-way, and the next one goes on."""

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from operations.engine.environment import read_state_file
from tests.cluster import until
from tests.eks.production import Emulator, Platform
from tests.faults.striking import Victim, strike

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


def killed_while_creating(platform: Platform, kind: str, is_begun: Callable[[], Any] = lambda: True) -> None:
    """Run the first deployment until it creates a kind of resource, and kill all of it, as if its machine went away."""
    file = platform.root / ".local/state/.pulumi/stacks/service-infrastructure/staging.json"

    def is_pending() -> bool:
        state = read_state_file(file) or {"deployment": {}}
        pending = state["deployment"].get("pending_operations") or ()
        return any(one["resource"]["type"].endswith(f":{kind}") for one in pending) and is_begun()

    process = platform.start("infra-up", ENV="staging")
    until(lambda: process.poll() is not None or is_pending(), f"{kind} of staging", seconds=300)
    assert strike(process, Victim.EVERYTHING)
    process.communicate()


def test_a_first_run_that_was_killed_or_stopped_goes_on_and_leaves_the_other_environment_alone(
    platform: Platform, emulator: Emulator, staging: str
) -> None:
    emulator.hold_creations(True)
    killed_while_creating(platform, "Cluster", lambda: STAGING in emulator.inventory()["clusters"])
    process = platform.start("infra-up", ENV=staging)
    assert process.stdout
    assert any("AWS is creating cluster-eksCluster" in line for line in process.stdout)
    emulator.hold_creations(False)
    until(lambda: emulator.access(STAGING)["entries"], "an access entry of staging", seconds=240)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode != 0
    emulator.hold_creations(True)
    killed_while_creating(platform, "NodeGroup")
    emulator.hold_creations(False)
    killed_while_creating(platform, "Release")
    platform.make("infra-up", ENV=staging)
    assert set(emulator.access(STAGING)["entries"]) == set(emulator.access()["entries"])
    assert len(emulator.cluster(STAGING).core.list_node().items) == 3
    assert "created" not in platform.make("infra-up", ENV=staging).text.splitlines()[-1]
    assert not platform.up()
