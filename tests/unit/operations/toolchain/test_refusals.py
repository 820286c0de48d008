"""What keeps a set-up from building is one message that says what to install or free."""

import errno
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from operations.toolchain import cache
from operations.toolchain.commands import setup
from shared.refusal import Refusal
from tests.unit.operations.toolchain.conftest import Place

Usage = namedtuple("Usage", "total used free")


def _refused() -> Refusal:
    with pytest.raises(Refusal) as refused:
        setup()
    assert "make setup" in refused.value.remedy or "HOME" in refused.value.remedy
    assert not list(cache.folder().glob("*.partial"))
    return refused.value


def test_no_go(place: Place) -> None:
    refusal = _refused()
    assert "no working Go on PATH" in refusal.fact
    assert "Pulumi v3.274.1" in refusal.fact
    assert "Install Go 1.26.6 or later" in refusal.remedy


def test_a_go_that_does_not_work(place: Place) -> None:
    place.write(place.bin / "go", "#!/bin/sh\nexit 1\n")
    assert "no working Go" in _refused().fact


@pytest.mark.parametrize("version", ["1.22", "1.26.5", "1.25.9"])
def test_an_old_go(place: Place, version: str) -> None:
    place.go(version)
    refusal = _refused()
    assert f"{place.bin / 'go'}, is {version}" in refusal.fact
    assert "too old" in refusal.fact
    assert "Install Go 1.26.6 or later" in refusal.remedy


@pytest.mark.parametrize(
    "says",
    [
        'go: module lookup: Get "x": dial tcp: lookup x: no such host',
        "proxyconnect tcp: connection refused",
        "dial tcp 192.0.2.1:443: i/o timeout",
        "module lookup disabled by GOPROXY=off",
    ],
)
def test_no_network(place: Place, says: str) -> None:
    place.go()
    place.fault(says)
    refusal = _refused()
    assert "cannot reach the module proxy" in refusal.fact
    assert "GOPROXY" in refusal.remedy
    assert "goes on where it stopped" in refusal.remedy


@pytest.mark.parametrize("says", ["write /x: no space left on device", "disk quota exceeded"])
def test_a_disk_that_fills_up(place: Place, says: str) -> None:
    place.go()
    place.fault(says)
    refusal = _refused()
    assert "disk is full" in refusal.fact
    assert refusal.remedy.startswith("Free ")


def test_a_disk_that_fills_up_while_files_are_copied(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    place.go()
    monkeypatch.setattr(cache, "seal", full)
    assert "disk is full" in _refused().fact


def test_a_disk_without_room_is_refused_before_anything_is_built(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.go()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40 - 2**31, 2**31))
    refusal = _refused()
    assert "GiB on the disk of" in refusal.fact
    assert "which has 2.0 GiB free" in refusal.fact
    assert place.calls("build") == []


def test_less_room_is_needed_where_most_was_built_before(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.go()
    setup()
    (place.modules / "etcd" / "go.mod").write_text("module etcd\n\ngo 1.26\n")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40 - 2**31, 2**31))
    setup()


def test_no_memory(place: Place) -> None:
    place.go()
    place.fault("k8s.io/api: /usr/lib/go/pkg/tool/compile: signal: killed")
    assert "6 GiB of memory" in _refused().remedy


def test_go_without_a_home(place: Place) -> None:
    place.go()
    place.fault("build cache is required, but could not be located: GOCACHE is not defined")
    assert "Set HOME" in _refused().remedy


def test_any_other_failure_shows_the_last_lines_and_the_log(place: Place) -> None:
    place.go()
    place.fault("\n".join(f"line {number} of the compiler" for number in range(40)))
    with pytest.raises(Refusal) as refused:
        setup()
    lines = refused.value.fact.splitlines()
    assert len(lines) == 16
    assert lines[1].strip() == "line 25 of the compiler"
    assert lines[-1].strip() == "line 39 of the compiler"
    log = Path(refused.value.remedy.removeprefix("See ").removesuffix("."))
    assert log.read_text().startswith("line 0 ")


def test_no_home(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    with pytest.raises(Refusal, match="neither HOME nor XDG_CACHE_HOME"):
        setup()


def test_a_checkout_that_cannot_be_written(place: Place) -> None:
    place.go()
    (place.root / "local").touch()
    with pytest.raises(Refusal, match="cannot be recorded"):
        setup()
