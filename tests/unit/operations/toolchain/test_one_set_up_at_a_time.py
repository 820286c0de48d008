"""One set-up at a time per user; the others tell what it does. Killed at any moment, the next one goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from operations.toolchain.setup import provide
from operations.toolchain.tools import Build, cache_folder
from tests.cluster import until
from tests.unit.operations.toolchain.conftest import Place

ROOT = Path(__file__).resolve().parents[4]
_GO = """case "$1" in
  env) echo '{}' ;;
  list) touch compiling; while [ ! -e %(root)s/goes-on ]; do sleep 0.05; done ;;
  build) while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\n' > "$2" ;;
esac"""
"""Go, as far as a build needs it, which compiles until it is let go on."""
_SET_UP = """
import sys
from operations.toolchain.setup import provide
from operations.toolchain.tools import Build
provide([Build("Slow", sys.argv[1], {"slow": "."}, version="1.2.3")])
"""


@pytest.fixture
def slow(place: Place) -> Build:
    """A build that goes on once there is a file."""
    place.script("go", _GO % {"root": place.root})
    (place.root / "slow").mkdir()
    (place.root / "slow" / "go.mod").write_text("module slow\n")
    return Build("Slow", str(place.root / "slow"), {"slow": "."}, version="1.2.3")


@pytest.fixture
def other(place: Place, slow: Build) -> "subprocess.Popen[bytes]":
    """Another set-up, which compiles."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SET_UP, slow.folder],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    source = cache_folder() / "tools" / f"{slow.entry.name}.partial" / "source"
    until((source / "compiling").exists, "the other set-up compiles")
    return process


def test_the_second_waits_tells_what_the_first_does_and_builds_nothing_again(
    place: Place, slow: Build, other: "subprocess.Popen[bytes]", capfd: pytest.CaptureFixture[str]
) -> None:
    said = ""

    def is_told() -> bool:
        nonlocal said
        said += capfd.readouterr().err
        return "Waiting for another set-up: Slow 1.2.3: building ..." in said

    second = threading.Thread(target=provide, args=[[slow]])
    second.start()
    until(is_told, "the second set-up tells what the first does")
    (place.root / "goes-on").touch()
    second.join()
    assert other.wait() == 0
    assert "Building 1" not in said + capfd.readouterr().err
    assert slow.entry.is_dir()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_while_it_compiles_the_next_set_up_goes_on_once_nothing_is_left_running(
    place: Place, slow: Build, other: "subprocess.Popen[bytes]", number: signal.Signals
) -> None:
    other.send_signal(number)
    other.wait()
    if number != signal.SIGINT:  # its compiler is not killed with it, and no second one joins it
        done = threading.Thread(target=provide, args=[[slow]])
        done.start()
        done.join(0.5)
        assert done.is_alive()
        assert not slow.entry.exists()
        (place.root / "goes-on").touch()
        done.join()
    (place.root / "goes-on").touch()
    began = time.monotonic()
    assert provide([slow])["slow"].is_file()
    assert time.monotonic() - began < 60
    assert {path.name for path in slow.entry.parent.iterdir()} == {"build.lock", slow.entry.name}
