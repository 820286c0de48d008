"""A component that was killed, or that hangs, is started again by `up`; the others keep running."""

import pytest

from operations.cluster import processes
from operations.cluster.kwokctl import Toolchain
from operations.cluster.local import LocalCluster
from tests.integration.cluster.conftest import until


@pytest.mark.parametrize("name", processes.COMPONENTS)
def test_only_the_killed_one_is_started_again(
    disturbed: LocalCluster, toolchain: Toolchain, name: str
) -> None:
    before = {component.name: component.pid for component in disturbed.status().components}
    for process in processes.working_in(disturbed.site.folder, [name])[name]:
        process.kill()
    until(lambda: name not in processes.working_in(disturbed.site.folder, [name]))
    assert disturbed.status().state == "partly running"
    status = disturbed.up(toolchain)
    after = {component.name: component.pid for component in status.components}
    assert (status.state, status.nodes_ready) == ("running", 3)
    assert after[name] not in (None, before[name])
    assert after | {name: None} == before | {name: None}
