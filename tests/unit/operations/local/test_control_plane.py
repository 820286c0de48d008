"""A name says whose cluster it is, a log's end says why it failed, and only the cluster's own processes are its own."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.local.control_plane import ControlPlane
from operations.local.kwokctl import last_words
from operations.local.local import LocalCluster
from tests.cluster import until


def _name(root: Path) -> str:
    return LocalCluster(root, root / ".local").name


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=120))
def test_any_folder_gives_an_rfc_1123_label(folder: str) -> None:
    name = _name(Path("/checkouts") / folder)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= 63


@pytest.mark.parametrize(
    ("folder", "start"),
    [
        ("platform", "platform-"),
        ("My Platform (2)", "my-platform-2-"),
        ("日本", "checkout-"),
        ("a" * 90, "a" * 31),
    ],
)
def test_the_folder_can_be_read_in_the_name(folder: str, start: str) -> None:
    assert _name(Path("/checkouts") / folder).startswith(start)


def test_two_folders_of_one_name_differ_and_one_folder_does_not() -> None:
    assert _name(Path("/a/platform")) != _name(Path("/b/platform"))
    assert _name(Path("/a/platform")) == _name(Path("/a/platform/../platform"))


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("I1124 10:00:00.1 1 a.go:1] started\nE1124 10:00:00.1 1 b.go:2] no disk\nI1124 1 c\n", "no disk"),
        ('{"level":"INFO","msg":"fine"}\n{"time":"1","level":"ERROR","msg":"no port"}\n{"a":1}', "no port"),
        ("Error: unknown flag\nUsage:\n  kube-apiserver [flags]\n", "Error: unknown flag"),
        ("something else\n", "something else"),
        ("", "the log is empty"),
    ],
)
def test_the_errors_at_a_logs_end_are_quoted(tmp_path: Path, log: str, said: str) -> None:
    (tmp_path / "log").write_text(log)
    assert said in last_words(tmp_path / "log").splitlines()[-1]


def test_no_log_and_one_that_is_not_text_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\xff\xfe\n")
    assert last_words(tmp_path / "log")
    assert "no log" in last_words(tmp_path / "none")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str, Path], "subprocess.Popen[bytes]"]]:
    started: list[subprocess.Popen[bytes]] = []

    def begin(name: str, folder: Path) -> "subprocess.Popen[bytes]":
        program = tmp_path / name
        if not program.exists():
            program.symlink_to(str(shutil.which("sleep")))
        started.append(subprocess.Popen([program, "60"], cwd=folder))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def test_neither_a_shell_in_the_folder_nor_another_clusters_component_is_stopped(
    start: Callable[[str, Path], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    plane = ControlPlane(tmp_path / "one")
    plane.folder.mkdir(parents=True)
    shell, elsewhere = start("bash", plane.folder), start("etcd", tmp_path)
    own, left = start("etcd", plane.folder), start("kwokctl", plane.home)
    until(lambda: plane.processes().keys() == {"etcd", "kwokctl"}, "their programs run")
    shutil.rmtree(plane.home)
    assert plane.stop() == 2
    assert own.wait(timeout=5) != 0
    assert left.wait(timeout=5) != 0
    assert shell.poll() is None
    assert elsewhere.poll() is None


def test_what_was_just_being_started_is_stopped_too(tmp_path: Path) -> None:
    plane = ControlPlane(tmp_path / "one")
    plane.folder.mkdir(parents=True)
    starting = "for i in {1..60}; do (exec -a etcd sleep 60) & done; wait"
    starter = subprocess.Popen(
        ["bash", "-c", f"exec -a kwokctl bash -c '{starting}'"], cwd=plane.folder, start_new_session=True
    )
    try:
        until(lambda: "etcd" in plane.processes(), "kwokctl starts components")
        assert plane.stop() > 1
        assert not plane.processes()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(starter.pid, signal.SIGKILL)
        starter.wait()


# Status


def test_a_cluster_that_was_never_there_has_a_name_and_a_state(tmp_path: Path) -> None:
    cluster = LocalCluster(tmp_path, tmp_path / ".local")
    status = cluster.status()
    assert not status.healthy
    assert [line.split() for line in status.table().splitlines()] == [
        ["Cluster", cluster.name],
        ["State", "absent"],
    ]
