"""Wherever `up` is killed, the next `up` gets there; two at once get there, too."""

import signal
import time
from collections import Counter

import pytest

from operations.local.control_plane import COMPONENTS
from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from tests.integration.cluster.conftest import command, counted, deploy


@pytest.mark.parametrize("seconds", [0.8, 1.3, 2.0])
def test_killed_while_the_cluster_is_made(fresh: LocalCluster, toolchain: Toolchain, seconds: float) -> None:
    first = command(fresh)
    time.sleep(seconds)  # not a wait for anything: the moment of the kill is what varies
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert fresh.up(toolchain).state == "running"
    assert counted(fresh) == Counter(COMPONENTS.keys())
    deploy(fresh, "after")


def test_killed_while_the_cluster_starts_again(disturbed: LocalCluster, toolchain: Toolchain) -> None:
    identifier = disturbed.status().identifier
    disturbed.down()
    first = command(disturbed)
    time.sleep(1.0)  # see above
    first.send_signal(signal.SIGKILL)
    first.wait()
    status = disturbed.up(toolchain)
    assert (status.state, status.identifier) == ("running", identifier)


def test_the_second_of_two_waits_and_says_so(disturbed: LocalCluster) -> None:
    disturbed.down()
    both = [command(disturbed), command(disturbed)]
    outputs = [process.communicate(timeout=60)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert sum("waiting for it" in output for output in outputs) == 1
    assert disturbed.status().state == "running"
