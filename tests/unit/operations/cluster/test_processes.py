"""A component is known by its program and its folder; a pid file is believed only where both agree."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from operations.cluster import processes

Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cluster" / "pids").mkdir(parents=True)
    return tmp_path / "cluster"


@pytest.fixture
def start(tmp_path: Path, folder: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def begin(name: str, cwd: Path = folder) -> "subprocess.Popen[bytes]":
        program = tmp_path / name
        if not program.exists():
            program.symlink_to(str(shutil.which("sleep")))
        started.append(subprocess.Popen([program, "60"], cwd=cwd))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def _write(folder: Path, name: str, pid: object) -> Path:
    path = folder / "pids" / f"{name}.pid"
    path.write_text(str(pid))
    return path


def test_a_pid_file_of_a_running_component_stays(folder: Path, start: Start) -> None:
    path = _write(folder, "etcd", start("etcd").pid)
    before = path.read_text()
    processes.align_pid_files(folder)
    assert path.read_text() == before


@pytest.mark.parametrize(
    "pid", [os.getpid(), 2**22 + 1, "", "no number"], ids=["foreign", "nobody", "empty", "text"]
)
def test_a_stale_pid_file_goes(folder: Path, pid: object) -> None:
    path = _write(folder, "etcd", pid)
    processes.align_pid_files(folder)
    assert not path.exists()


def test_a_component_without_a_pid_file_is_entered(folder: Path, start: Start) -> None:
    process = start("etcd")
    processes.align_pid_files(folder)
    assert processes.recorded_pid(folder, "etcd") == process.pid


def test_of_two_the_recorded_one_is_kept(folder: Path, start: Start) -> None:
    other, recorded = start("etcd"), start("etcd")
    _write(folder, "etcd", recorded.pid)
    processes.align_pid_files(folder)
    assert recorded.poll() is None
    assert other.wait(timeout=5) != 0


def test_a_zombie_is_not_alive(folder: Path, start: Start) -> None:
    process = start("etcd")
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.lives(process.pid)
    assert processes.working_in(folder, processes.COMPONENTS) == {}


def test_neither_a_shell_in_the_folder_nor_another_clusters_component_is_stopped(
    folder: Path, start: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    shell, elsewhere, own = start("bash"), start("etcd", tmp_path), start("etcd")
    assert processes.stop_all(folder) == 1
    assert own.wait(timeout=5) != 0
    assert shell.poll() is None
    assert elsewhere.poll() is None


def test_components_of_a_removed_folder_are_strays(folder: Path, start: Start) -> None:
    process = start("etcd")
    assert processes.strays(folder) == []
    shutil.rmtree(folder)
    assert [stray.pid for stray in processes.strays(folder)] == [process.pid]
    folder.mkdir()
    assert [stray.pid for stray in processes.strays(folder)] == [process.pid]
