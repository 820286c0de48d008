"""The cache holds whole entries alone, in a folder that the user can write."""

from pathlib import Path

import pytest

from operations.toolchain import cache
from operations.toolchain.tools import SETUP
from shared.refusal import Refusal
from tests.unit.operations.toolchain.conftest import Place

ETCD = next(recipe for recipe in SETUP if recipe.name == "etcd")
KWOK = next(recipe for recipe in SETUP if recipe.name == "kwok")


def _sealed(place: Place) -> Path:
    partial = cache.folder() / "etcd.partial"
    place.write(partial / "bin" / "etcd", "built")
    return cache.seal(partial, ETCD, "1.26")


def test_a_sealed_entry_is_found_by_the_go_that_built_it_and_by_none(place: Place) -> None:
    entry = _sealed(place)
    assert cache.find(ETCD, "1.26") == (entry, "1.26")
    assert cache.find(ETCD, None) == (entry, "1.26")
    assert cache.find(ETCD, "1.27") is None


def test_a_build_that_was_not_sealed_is_never_found(place: Place) -> None:
    place.write(cache.folder() / "etcd.partial" / "bin" / "etcd", "half")
    assert cache.find(ETCD, None) is None


@pytest.mark.parametrize("harm", ["shorter", "gone", "not executable"])
def test_an_entry_whose_program_is_harmed_is_not_found(place: Place, harm: str) -> None:
    program = _sealed(place) / "bin" / "etcd"
    if harm == "shorter":
        program.write_text("")
    elif harm == "gone":
        program.unlink()
    else:
        program.chmod(0o644)
    assert cache.find(ETCD, None) is None


def test_an_entry_of_other_inputs_is_not_found(place: Place) -> None:
    _sealed(place)
    (place.modules / "etcd" / "go.mod").write_text("module etcd\n\ngo 1.26.7\n")
    assert cache.find(ETCD, None) is None


def test_xdg_cache_home_is_honoured(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(place.root / "xdg"))
    assert cache.folder() == place.root / "xdg" / "service-platform" / "tools"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.folder() == place.cache


def test_no_home_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    with pytest.raises(Refusal, match="neither HOME nor XDG_CACHE_HOME") as refused:
        cache.folder()
    assert "Set HOME" in refused.value.remedy


def test_a_home_that_cannot_be_written_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.root / "file").touch()
    monkeypatch.setenv("HOME", str(place.root / "file"))
    with pytest.raises(Refusal, match="cannot be written") as refused:
        cache.folder()
    assert "XDG_CACHE_HOME" in refused.value.remedy


def test_the_last_duration_is_kept_for_each_recipe(place: Place) -> None:
    assert cache.duration(ETCD) is None
    cache.remember_duration(ETCD, 16.04)
    cache.remember_duration(KWOK, 53)
    cache.remember_duration(ETCD, 4)
    assert (cache.duration(ETCD), cache.duration(KWOK)) == (4, 53)


def test_a_broken_file_of_durations_is_no_failure(place: Place) -> None:
    (cache.folder() / "durations.json").write_text("{")
    assert cache.duration(ETCD) is None
    cache.remember_duration(ETCD, 3)
    assert cache.duration(ETCD) == 3
