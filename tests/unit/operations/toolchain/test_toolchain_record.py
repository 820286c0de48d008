"""A recorded tool chain is used while it is what the repository pins; the cache drops what no command uses."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from operations import checkout
from operations.toolchain import locate, tools
from operations.toolchain.tools import Build, builds, cache_folder, record, remove_unused
from shared.errors import Refusal
from tests.unit.operations.toolchain.conftest import Place

ENGINE = builds()["Pulumi"]


@pytest.fixture
def recorded(place: Place) -> dict[str, Path]:
    """Tools that a set-up has recorded."""
    placed = {name: place.program(name, name, place.root / "built") for name in ("pulumi", "etcd")}
    record(placed)
    return placed


def test_what_was_recorded_is_located(recorded: dict[str, Path]) -> None:
    chain = locate()
    assert chain.tools == recorded
    assert chain.path("etcd") == recorded["etcd"]
    assert (checkout.LOCAL / "bin" / "pulumi").samefile(recorded["pulumi"])


@pytest.mark.parametrize("harm", ["gone", "another program", "no link", "no record"])
def test_a_tool_that_changed_since_is_not_located(recorded: dict[str, Path], harm: str) -> None:
    if harm == "gone":
        recorded["etcd"].unlink()
    elif harm == "another program":
        recorded["etcd"].write_text("another")
    elif harm == "no link":
        (checkout.LOCAL / "bin" / "etcd").unlink()
    else:
        (checkout.LOCAL / "toolchain").unlink()
    with pytest.raises(Refusal):
        locate()


@pytest.fixture
def module(tmp_path: Path) -> Build:
    """A build of a module of its own."""
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "go.mod").write_text("module one\n\ngo 1.26\n\nrequire example.com/two v1.2.3\n")
    (folder / "go.sum").write_text("")
    return Build("One", str(folder), {"one": "."}, pins="example.com/two", ldflags="-X v={version}")


def test_other_pins_are_another_tool_chain(
    recorded: dict[str, Path], module: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_one_more = builds() | {"One": module}
    monkeypatch.setattr(tools, "builds", lambda: with_one_more)
    with pytest.raises(Refusal):
        locate()


def test_the_version_comes_from_the_go_mod(module: Build) -> None:
    assert (module.label, module.ldflags) == ("One 1.2.3", "-X v=1.2.3")


@pytest.mark.parametrize("file", ["go.mod", "go.sum", "main.go"])
def test_what_is_built_is_keyed_by_the_modules_files(module: Build, file: str) -> None:
    before = module.key
    path = module.source / file
    path.write_text((path.read_text() if path.exists() else "") + "// changed\n")
    assert module.key != before


def test_what_is_built_is_keyed_by_how_it_is_built_and_on_which_machine(
    module: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = (
        replace(module, ldflags="-s"),
        replace(module, packages={"one": "./cmd"}),
        replace(module, pins="", version="9.0.0"),
        replace(module, copies=({"pinned_by": "engine", "target": "bin/x"},)),
    )
    keys = {module.key, *(build.key for build in changed)}
    monkeypatch.setattr("platform.machine", lambda: "another")
    assert len(keys | {module.key}) == len(changed) + 2


def test_the_cache_is_the_users(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, below in {"/xdg": "/xdg", "relative": f"{place.root}/home/.cache"}.items():
        monkeypatch.setenv("XDG_CACHE_HOME", variable)
        assert ENGINE.entry.is_relative_to(below)


def cached(place: Place, name: str, days: float) -> Path:
    """Put a tool into the cache, last used some days ago."""
    entry = cache_folder() / "tools" / name
    place.program("tool", "tool", entry / "bin")
    then = time.time() - days * 24 * 3600
    os.utime(entry, (then, then))
    return entry


def test_what_no_command_has_used_for_a_month_is_removed(place: Place) -> None:
    old, young = cached(place, "old-1", 31), cached(place, "young-1", 29)
    half = cached(place, "half-1.partial", 0)
    remove_unused()
    assert (old.exists(), young.exists(), half.exists()) == (False, True, False)


def test_a_command_that_finds_its_tools_uses_them(place: Place) -> None:
    used = cached(place, "used-1", 31)
    theirs = place.program("other", "other", place.root / "usr" / "bin")
    before = theirs.parents[1].stat().st_mtime_ns
    record({"tool": used / "bin" / "tool", "other": theirs})
    locate()
    remove_unused()
    assert used.exists()
    assert theirs.parents[1].stat().st_mtime_ns == before
