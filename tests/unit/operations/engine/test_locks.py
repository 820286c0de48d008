"""A holder is dead where its engine's own file proves it, in any PID namespace and on any host; otherwise unknown."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from operations.engine.locks import LockHolder, alive, holders
from tests.cluster import until
from tests.unit.operations.holders import DAY, LOCKED, living, write_mark


def test_every_holder_is_read_from_the_engines_message() -> None:
    second = "\n  s3://x/b.json: created by bob@host-2 (pid 12) at 2026-01-02T03:04:05+02:00"
    first, other = holders(["unrelated", LOCKED.format(host="host-1", pid=4711) + second])
    assert first == LockHolder("ada", "host-1", 4711, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "left.json")
    assert (other.user, other.pid, other.file) == ("bob", 12, "b.json")
    assert first.since - other.since == timedelta(hours=2)
    assert str(first) == "ada@host-1 (process 4711, since 03:04:05 UTC)"


@pytest.mark.parametrize(
    "error", ["", "x.json: created by ada@h (pid 1) at 2026-01-02T03:04:05Z", "currently locked"]
)
def test_another_error_names_no_holder(error: str) -> None:
    assert holders([error]) == []


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[LockHolder]:
    with living(tmp_path, DAY) as content:
        yield _holder(content)


def _holder(content: dict[str, object]) -> LockHolder:
    return LockHolder("ada", str(content["hostname"]), int(str(content["pid"])), datetime.now(UTC))


def test_a_holder_is_alive_until_it_was_killed_even_where_what_it_started_runs_on(tmp_path: Path) -> None:
    with living(tmp_path, DAY, "bash", "-c", "sleep 600 & read; kill $!") as content:
        holder = _holder(content)
        until(lambda: psutil.Process(holder.pid).children(), "the process that it starts")
        (started,) = psutil.Process(holder.pid).children()
        assert holder.is_alive(DAY, tmp_path) is True
        os.kill(holder.pid, 9)
        until(lambda: holder.is_alive(DAY, tmp_path) is False, "the proof of its death")
        assert started.is_running()
        started.kill()


def test_what_has_no_file_of_its_own_or_one_of_another_run_is_not_known_to_be_dead(
    tmp_path: Path, holder: LockHolder
) -> None:
    now = datetime.now(UTC)
    write_mark(tmp_path, DAY, "host-1", 4711, now - timedelta(hours=1))
    other = LockHolder("ada", "host-1", 4711, now)
    for one in (other, replace(other, pid=1), replace(holder, host="host-1")):
        assert one.is_alive(DAY, tmp_path) is None
    assert other.is_alive(DAY, tmp_path / "other") is None
    assert replace(other, since=now - timedelta(hours=1)).is_alive(DAY, tmp_path) is False


def test_on_a_file_system_that_other_machines_have_too_nobody_is_known_to_be_dead(
    tmp_path: Path, holder: LockHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mark(tmp_path, DAY, "host-1", 4711, datetime.now(UTC))
    dead = LockHolder("ada", "host-1", 4711, datetime.now(UTC))
    assert dead.is_alive(DAY, tmp_path) is False
    shared = SimpleNamespace(mountpoint=str(tmp_path.resolve()), fstype="nfs4")
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: [shared])
    assert dead.is_alive(DAY, tmp_path) is None
    assert holder.is_alive(DAY, tmp_path) is True


def test_a_run_that_ends_well_leaves_no_file_and_removes_those_of_dead_ones(
    tmp_path: Path, holder: LockHolder
) -> None:
    write_mark(tmp_path, DAY, "host-1", 4711, datetime.now(UTC))
    folder = tmp_path / "running" / DAY.project / DAY.name
    with alive(DAY, tmp_path) as (descriptor, before):
        subprocess.run([*before, shutil.which("true") or ""], pass_fds=[descriptor], check=True)
    assert [file.read_text() for file in folder.iterdir()] == [f"{holder.host} {holder.pid}"]
    with pytest.raises(ZeroDivisionError), alive(DAY, tmp_path):
        1 / 0  # noqa: B018 - any failure
    assert len(list(folder.iterdir())) == 2
