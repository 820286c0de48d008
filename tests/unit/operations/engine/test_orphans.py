"""What a killed engine leaves running is ended, and nothing that an engine still uses."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from operations.engine.orphans import end_orphans

_PLUGIN = "pulumi-resource-kubernetes"


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Path]:
    """A checkout's folder of programs: a plugin that waits for good, and an engine that starts it and waits."""
    folder = tmp_path / "bin"
    folder.mkdir()
    shutil.copy2(shutil.which("sleep") or "", folder / _PLUGIN)
    shutil.copy2(shutil.which("bash") or "", folder / "pulumi")
    yield folder
    for process in _plugins(folder):
        process.kill()


def _plugins(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [""])[0] == str(folder / _PLUGIN)
    ]


def _engine(folder: Path) -> subprocess.Popen[bytes]:
    engine = subprocess.Popen([folder / "pulumi", "-c", f"{folder / _PLUGIN} 600 & wait"])
    while not _plugins(folder):
        time.sleep(0.01)
    return engine


def test_a_provider_is_ended_once_its_engine_was_killed_and_not_before(programs: Path) -> None:
    engine = _engine(programs)
    assert end_orphans([programs]) == 0
    engine.kill()
    engine.wait()
    assert end_orphans([programs]) == 1
    while _plugins(programs):
        time.sleep(0.01)
    assert end_orphans([programs]) == 0


def test_a_provider_of_another_checkout_is_left_alone(programs: Path, tmp_path: Path) -> None:
    engine = _engine(programs)
    engine.kill()
    engine.wait()
    assert end_orphans([tmp_path / "other"]) == 0
    assert len(_plugins(programs)) == 1
