"""A component that was killed, or that hangs, is started again by `up`; the others keep running."""

import pytest

from operations.local.control_plane import COMPONENTS
from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from tests.integration.cluster.conftest import ousted, until


@pytest.mark.parametrize("name", list(COMPONENTS))
def test_only_the_killed_one_is_started_again(
    disturbed: LocalCluster, toolchain: Toolchain, name: str
) -> None:
    seen = disturbed.status()
    before = {component.name: component.pid for component in seen.components}
    disturbed.plane.processes()[name].kill()
    until(lambda: name not in disturbed.plane.processes())
    assert disturbed.status().state == "partly running"
    status = disturbed.up(toolchain)
    after = {component.name: component.pid for component in status.components}
    assert (status.state, status.nodes_ready) == ("running", 3)
    assert after[name] not in (None, before[name])
    assert after | {name: None} == before | {name: None} or ousted(seen, status)


def test_one_that_hangs_is_started_again(disturbed: LocalCluster, toolchain: Toolchain) -> None:
    before = disturbed.status()
    disturbed.plane.processes()["kube-apiserver"].suspend()
    after = disturbed.up(toolchain)
    assert (after.state, after.identifier) == ("running", before.identifier)
    assert after.server == before.server or ousted(before, after)
