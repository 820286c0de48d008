"""The cluster follows its checkout's folder, and a folder that somebody removed leaves nothing behind."""

import shutil
from pathlib import Path

from operations.cluster import processes
from operations.cluster.kwokctl import Toolchain
from operations.cluster.local import LocalCluster
from tests.integration.cluster.conftest import api, deploy, end


def test_a_renamed_checkout_keeps_its_data(tmp_path: Path, toolchain: Toolchain) -> None:
    old = LocalCluster(tmp_path / "old", tmp_path / "old" / ".local")
    new = LocalCluster(tmp_path / "new", tmp_path / "new" / ".local")
    try:
        before = old.up(toolchain)
        api(old).create_namespace({"metadata": {"name": "kept"}})
        old.root.rename(new.root)  # while it runs
        after = new.up(toolchain)
        assert after.name != before.name
        assert (after.state, after.identifier) == ("running", before.identifier)
        assert api(new).read_namespace("kept")
        deploy(new, "after")

        # Removing the folder under the running cluster is no way to stop it; `up` clears up and begins anew.
        shutil.rmtree(new.local)
        again = new.up(toolchain)
        assert (again.state, again.identifier == before.identifier) == ("running", False)
        found = processes.working_in(new.site.folder, processes.COMPONENTS)
        assert {name: len(each) for name, each in found.items()} == dict.fromkeys(processes.COMPONENTS, 1)
        shutil.rmtree(new.local)
        assert new.down()
        assert processes.working_in(new.site.folder, processes.COMPONENTS) == {}
    finally:
        end(old)
        end(new)
