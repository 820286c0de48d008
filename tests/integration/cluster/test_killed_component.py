"""A component that was killed, or that hangs, is started again by `up`; the others keep running."""

import pytest

from operations.local.control_plane import COMPONENTS
from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from tests.integration.cluster.conftest import until


@pytest.mark.parametrize("name", list(COMPONENTS))
def test_only_the_killed_one_is_started_again(
    disturbed: LocalCluster, toolchain: Toolchain, name: str
) -> None:
    before = {component.name: component for component in disturbed.status().components}
    disturbed.plane.processes()[name].kill()
    until(lambda: name not in disturbed.plane.processes())
    assert disturbed.status().state == "partly running"
    status = disturbed.up(toolchain)
    after = {component.name: component for component in status.components}
    assert (status.state, status.nodes_ready) == ("running", 3)
    assert after[name].pid not in (None, before[name].pid)
    others = [other for other in COMPONENTS if other != name]
    # A cluster that starts at that moment may take the port that became free: then all get other ones.
    if after[name].ports == before[name].ports:
        assert [after[other].pid for other in others] == [before[other].pid for other in others]


def test_one_that_hangs_is_started_again(disturbed: LocalCluster, toolchain: Toolchain) -> None:
    before = disturbed.status()
    disturbed.plane.processes()["kube-apiserver"].suspend()
    after = disturbed.up(toolchain)
    assert (after.state, after.identifier, after.server) == ("running", before.identifier, before.server)
