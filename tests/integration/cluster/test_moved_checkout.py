"""The cluster follows its checkout's folder, whatever it is called, and a removed folder leaves nothing behind."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from operations.local.control_plane import COMPONENTS
from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from tests.integration.cluster.conftest import api, counted, deploy, end


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
        assert counted(new) == Counter(COMPONENTS.keys())
        shutil.rmtree(new.local)
        assert new.down()
        assert counted(new) == Counter()
    finally:
        end(old)
        end(new)


def test_a_path_may_have_any_character(
    tmp_path: Path, toolchain: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # where kwokctl's path to it is
    root = tmp_path / "a b'c\"d #1?x=%20,&;$(exit)*é"
    cluster = LocalCluster(root, root / ".local")
    try:
        before = cluster.up(toolchain)
        deploy(cluster, "first")
        cluster.down()
        after = cluster.up(toolchain)
        assert (after.state, after.identifier) == ("running", before.identifier)
        cluster.delete(cluster.name)
        assert cluster.status().state == "absent"
    finally:
        end(cluster)


def test_data_of_the_version_before_are_kept(disturbed: LocalCluster, toolchain: Toolchain) -> None:
    before = disturbed.status()
    name = api(disturbed).create_namespace({"metadata": {"generateName": "kept-"}}).metadata.name
    disturbed.down()
    plane = disturbed.plane
    for each in ("etcd", "pki"):
        shutil.rmtree(plane.folder / each)
    for each in ("etcd", "pki", "identifier"):
        (plane.home / each).rename(plane.folder / each)
    (plane.folder / "stamp").unlink()
    assert disturbed.up(toolchain).identifier == before.identifier
    assert api(disturbed).read_namespace(name)
