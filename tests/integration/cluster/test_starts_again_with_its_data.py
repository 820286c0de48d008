"""After every process was killed, or the machine restarted, `up` brings the same cluster back."""

import os

import psutil

from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from tests.integration.cluster.conftest import api, deploy, ousted, until


def kill_everything(cluster: LocalCluster) -> None:
    """Kill all of a cluster's processes at once, as a machine does that loses its power."""
    for process in cluster.plane.processes().values():
        process.kill()
    until(lambda: not cluster.plane.processes())


def test_its_data_and_its_address_are_the_same(disturbed: LocalCluster, toolchain: Toolchain) -> None:
    before = disturbed.status()
    core = api(disturbed)
    uid = core.create_namespace({"metadata": {"generateName": "kept-"}}).metadata
    kill_everything(disturbed)
    assert disturbed.status().state == "stopped"
    assert disturbed.status().identifier == before.identifier
    after = disturbed.up(toolchain)
    assert (after.state, after.identifier) == ("running", before.identifier)
    assert after.server == before.server or ousted(before, after)
    assert api(disturbed).read_namespace(uid.name).metadata.uid == uid.uid
    # No lease of the killed processes holds the new ones up.
    deploy(disturbed, f"after-{uid.name}")


def test_stale_pids_of_other_processes_are_not_believed(
    disturbed: LocalCluster, toolchain: Toolchain
) -> None:
    before = disturbed.status()
    kill_everything(disturbed)
    # After a restart of the machine these numbers belong to anybody: here to this very test.
    for component in before.components:
        (disturbed.plane.folder / "pids" / f"{component.name}.pid").write_text(str(os.getpid()))
    assert disturbed.status().state == "stopped"
    after = disturbed.up(toolchain)
    assert (after.state, after.identifier) == ("running", before.identifier)
    assert psutil.pid_exists(os.getpid())


def test_down_spares_the_process_that_a_stale_pid_names(
    disturbed: LocalCluster, toolchain: Toolchain
) -> None:
    (disturbed.plane.folder / "pids" / "etcd.pid").write_text(str(os.getpid()))
    disturbed.down()
    assert disturbed.status().state == "stopped"
    assert disturbed.up(toolchain).state == "running"
