"""The kubeconfig is its owner's alone, complete in itself, and the only one that is written."""

import shutil
from pathlib import Path

import pytest
from kubernetes import client, config

from operations.local.local import LocalCluster
from tests.integration.cluster.conftest import command


def test_it_is_readable_by_its_owner_alone(running: LocalCluster) -> None:
    assert running.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert running.local.stat().st_mode & 0o777 == 0o700


def test_a_copy_works_anywhere(running: LocalCluster, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copy(running.kubeconfig, copy)
    contexts, current = config.list_kube_config_contexts(str(copy))
    assert [context["name"] for context in contexts] == [running.name] == [current["name"]]
    assert str(running.root) not in copy.read_text()
    reached = config.new_client_from_config(str(copy))
    assert client.CoreV1Api(reached).list_namespace().items


def test_the_users_own_kubeconfig_is_left_alone(
    disturbed: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    own = tmp_path / "own"
    own.write_text("untouched")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("KUBECONFIG", str(own))
    disturbed.delete(disturbed.name)
    process = command(disturbed)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert own.read_text() == "untouched"
    assert not (home / ".kube").exists()
    assert not (home / ".kwok").exists()
