"""What kwokctl wrote down is read whole or not at all, and follows ports and folders that move."""

from pathlib import Path
from typing import Any

import pytest

from operations.cluster import documents
from operations.cluster.definition import (
    CONFIGURATION,
    Definition,
    follow_folder,
    load,
    move_ports,
    save,
    with_flags,
)


def _component(folder: Path, name: str, *ports: int) -> dict[str, Any]:
    return {
        "name": name,
        "args": [f"--secure-port={ports[0]}", f"--peer=http://127.0.0.1:{ports[0]}", f"--data={folder}/data"],
        "metric": {"host": f"127.0.0.1:{ports[0]}"},
        "ports": [{"name": "any", "port": port} for port in ports],
        "version": "1.36.3",
        "workDir": str(folder),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine-27005"
    folder.mkdir()
    (folder / "kubeconfig.yaml").write_text(f"server: https://127.0.0.1:27000\nca: {folder}/pki/ca.crt\n")
    configuration = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokctlConfiguration",
        "components": [
            _component(folder, "etcd", 27005, 27006),
            _component(folder, "kube-apiserver", 27000),
            _component(folder, "metrics-server", 27001),
        ],
        "options": {"kubeApiserverPort": 27000, "etcdPort": 27005, "periodMilliseconds": 27000},
    }
    (folder / CONFIGURATION).write_text(documents.render(configuration))
    return folder


def _loaded(folder: Path) -> Definition:
    definition = load(folder)
    assert definition is not None
    return definition


def test_it_is_read(folder: Path) -> None:
    definition = _loaded(folder)
    assert definition.server == "https://127.0.0.1:27000"
    assert definition.kubernetes_version == "v1.36.3"
    assert definition.component("etcd").ports == (27005, 27006)


def test_a_creation_that_was_cut_short_is_none(folder: Path) -> None:
    text = (folder / CONFIGURATION).read_text()
    (folder / CONFIGURATION).write_text(text.replace("components", "planned"))
    assert load(folder) is None
    (folder / CONFIGURATION).write_text(text[: len(text) // 2])
    assert load(folder) is None
    (folder / CONFIGURATION).write_text("")
    assert load(folder) is None
    (folder / CONFIGURATION).unlink()
    assert load(folder) is None
    assert load(folder / "nowhere") is None


def test_a_moved_port_moves_wherever_it_stands_as_a_port(folder: Path) -> None:
    moved = move_ports(_loaded(folder), {27000: 28000, 27005: 28005})
    assert moved.server == "https://127.0.0.1:28000"
    assert moved.component("etcd").ports == (28005, 27006)
    entry = moved.configuration["components"][1]
    assert entry["args"][:2] == ["--secure-port=28000", "--peer=http://127.0.0.1:28000"]
    assert entry["metric"]["host"] == "127.0.0.1:28000"
    # A number that is no port stays, in a path as well.
    assert entry["workDir"] == str(folder)
    assert moved.configuration["options"]["periodMilliseconds"] == 27000
    assert "https://127.0.0.1:28000" in (folder / "kubeconfig.yaml").read_text()


def test_what_is_saved_is_what_is_loaded_and_takes_the_simulation_anew(folder: Path, tmp_path: Path) -> None:
    stage = tmp_path / "stage.yaml"
    stage.write_text("kind: Stage\nmetadata:\n  name: any\n")
    definition = _loaded(folder)
    save(definition, [stage])
    save(definition, [stage])
    assert _loaded(folder) == definition
    kinds = [document["kind"] for document in documents.parse((folder / CONFIGURATION).read_text())]
    assert kinds == ["KwokctlConfiguration", "Stage"]


def test_a_moved_folder_is_followed(folder: Path) -> None:
    there = folder.with_name("theirs")
    assert not _loaded(folder).moved
    folder.rename(there)
    assert _loaded(there).moved
    follow_folder(_loaded(there))
    definition = _loaded(there)
    assert {entry["workDir"] for entry in definition.configuration["components"]} == {str(there)}
    assert f"{there}/pki/ca.crt" in (there / "kubeconfig.yaml").read_text()


def test_a_flag_is_added_once_and_to_the_component_that_lacks_it(tmp_path: Path) -> None:
    before = Definition(
        tmp_path,
        {"components": [{"name": "a", "args": ["--x=1"]}, {"name": "b"}], "options": {"kept": True}},
    )
    after = with_flags(before, "a", {"x": "2", "y": "3"})
    assert after.configuration["components"] == [{"name": "a", "args": ["--x=1", "--y=3"]}, {"name": "b"}]
    assert after.configuration["options"] == {"kept": True}
    assert with_flags(after, "a", {"x": "2", "y": "3"}) == after
