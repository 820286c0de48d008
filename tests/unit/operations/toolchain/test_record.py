"""`locate` gives what the last set-up recorded, and refuses a record that holds no more."""

import json
import os
import timeit

import pytest

from operations.toolchain import locate
from operations.toolchain.commands import setup
from operations.toolchain.tools import PULUMI
from shared.refusal import Refusal
from tests.unit.operations.toolchain.conftest import Place


@pytest.fixture
def ready(place: Place) -> Place:
    place.go()
    place.program("pulumi", f"v{PULUMI}")
    setup()
    return place


def _refused() -> str:
    with pytest.raises(Refusal, match="The tool chain is not set up") as refused:
        locate()
    assert refused.value.remedy == "Run `make setup`."
    return refused.value.fact


def test_a_checkout_without_a_record_is_refused(place: Place) -> None:
    assert "no record" in _refused()


def test_every_tool_is_located_at_once(ready: Place) -> None:
    chain = locate()
    assert min(timeit.repeat(locate, number=1, repeat=5)) < 0.05
    assert chain.path("pulumi") == ready.bin / "pulumi"
    assert chain.path("kube-apiserver").read_text() == "built"
    assert (chain.kwok_kustomize / "stage" / "pod.yaml").is_file()


def test_one_folder_in_front_of_path_has_every_program_and_nothing_else(ready: Place) -> None:
    chain = locate()
    (folder,) = chain.bin_folders
    names = {path.name for path in folder.iterdir()}
    assert names == set(chain.tools) - {"kwok-kustomize"}
    assert all(os.access(path, os.X_OK) for path in folder.iterdir())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 0}', '{"format": 1, "tools": {"pulumi": 3}}'])
def test_a_broken_record_is_refused(ready: Place, content: str) -> None:
    (ready.root / "local" / "toolchain.json").write_text(content)
    _refused()


def test_a_record_of_other_pins_is_refused(ready: Place) -> None:
    (ready.modules / "etcd" / "go.mod").write_text("module etcd\n\ngo 1.26.7\n")
    assert "etcd is pinned at another" in _refused()


def test_a_record_of_a_found_tool_is_refused_when_its_pin_changes(ready: Place) -> None:
    (ready.modules / "engine" / "go.mod").write_text("module engine\n\ngo 1.26.7\n")
    assert "pinned at another" in _refused()


def test_a_record_of_a_built_tool_that_is_gone_is_refused(ready: Place) -> None:
    locate().path("etcd").unlink()
    assert "etcd is gone" in _refused()


def test_a_record_of_a_found_tool_that_was_replaced_is_refused(ready: Place) -> None:
    ready.program("pulumi", "v3.280.10")
    assert "pulumi is gone or changed" in _refused()


def test_a_missing_link_is_refused(ready: Place) -> None:
    (ready.root / "local" / "bin" / "etcd").unlink()
    _refused()


def test_the_record_says_whether_a_tool_was_found_or_built(ready: Place) -> None:
    tools = json.loads((ready.root / "local" / "toolchain.json").read_text())["tools"]
    assert tools["pulumi"]["source"] == "path"
    assert tools["etcd"]["source"] == "built"
