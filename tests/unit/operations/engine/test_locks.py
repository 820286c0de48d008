"""A stack's lock: freed only where its holder is known to be gone."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from operations.engine.locks import LockHolder, drop_cut_off, holders, lock_files

SINCE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOLDER = LockHolder("ada", socket.gethostname(), 4711, SINCE)
MESSAGE = (
    "the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n  file:///state/lock.json: created by ada@host-1 (pid 4711) at "
    "2026-01-02T03:04:05Z"
)


NAMES = ["sh"]
"""What the process of the holder's number is called, last."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[datetime | Exception]:
    """When the process of the holder's number began, or what asking for it raises."""
    answer: list[datetime | Exception] = [SINCE]

    class Process:
        def __init__(self, pid: int) -> None:
            if isinstance(answer[0], Exception):
                raise answer[0]

        def create_time(self) -> float:
            assert isinstance(answer[0], datetime)
            return answer[0].timestamp()

        def name(self) -> str:
            return NAMES[-1]

        def status(self) -> str:
            return psutil.STATUS_RUNNING

    monkeypatch.setattr(psutil, "Process", Process)
    return answer


def test_the_holders_of_a_lock_are_read_from_the_engines_message() -> None:
    assert holders([MESSAGE]) == [LockHolder("ada", "host-1", 4711, SINCE)]


def test_several_holders_are_all_read() -> None:
    second = "\n  file:///x: created by bob@host-2 (pid 12) at 2026-01-02T03:04:05+02:00"
    found = holders(["unrelated", MESSAGE + second])
    assert [(item.user, item.host, item.pid) for item in found] == [
        ("ada", "host-1", 4711),
        ("bob", "host-2", 12),
    ]
    assert found[1].since == SINCE - timedelta(hours=2)


@pytest.mark.parametrize(
    "error", ["", "created by ada@host-1 (pid 1) at 2026-01-02T03:04:05Z", "currently locked"]
)
def test_another_error_names_no_holder(error: str) -> None:
    assert holders([error]) == []


def test_a_holder_that_ended_is_dead(started: list[datetime | Exception]) -> None:
    started[0] = psutil.NoSuchProcess(4711)
    assert HOLDER.is_dead


def test_a_holder_that_runs_is_alive(started: list[datetime | Exception]) -> None:
    started[0] = SINCE - timedelta(seconds=30)
    assert not HOLDER.is_dead


def test_a_holder_that_was_killed_and_that_nobody_asked_for_is_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = replace(HOLDER, pid=process.pid, since=datetime.now(UTC))
    assert not holder.is_dead
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert holder.is_dead
    process.communicate()


def test_a_clock_that_ticks_coarsely_kills_nobody(started: list[datetime | Exception]) -> None:
    started[0] = SINCE + timedelta(seconds=0.9)
    assert not HOLDER.is_dead


def test_a_number_that_another_process_has_by_now_is_a_dead_holder(
    started: list[datetime | Exception],
) -> None:
    started[0] = SINCE + timedelta(seconds=2)
    assert HOLDER.is_dead


def test_an_engine_that_seems_to_have_started_later_since_the_clock_was_set_back_lives(
    started: list[datetime | Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.NAMES", ["pulumi"])
    started[0] = SINCE + timedelta(hours=2)
    assert not HOLDER.is_dead


def test_a_holder_on_another_machine_is_never_known_to_be_dead(started: list[datetime | Exception]) -> None:
    started[0] = psutil.NoSuchProcess(4711)
    assert not replace(HOLDER, host="elsewhere").is_dead


def test_a_holder_that_may_not_be_looked_at_is_not_known_to_be_dead(
    started: list[datetime | Exception],
) -> None:
    started[0] = psutil.AccessDenied(4711)
    assert not HOLDER.is_dead


def test_a_lock_with_the_number_of_this_process_is_an_earlier_ones(
    started: list[datetime | Exception],
) -> None:
    assert replace(HOLDER, pid=os.getpid()).is_dead


def test_a_holder_is_told_as_people_know_it() -> None:
    text = str(replace(HOLDER, host="host-1"))
    assert text == "ada@host-1 (process 4711, since 03:04:05 UTC)"


@pytest.mark.parametrize(
    ("left", "age", "gone"), [("", 60, True), ("{", 60, True), ("", 0, False), ("{}", 60, False)]
)
@pytest.mark.parametrize("name", ["a.json", "a.json.1764100000000000000.tmp"])
def test_a_lock_that_was_cut_off_is_removed_once_nobody_can_be_writing_it(
    tmp_path: Path, name: str, left: str, age: float, gone: bool
) -> None:
    lock = tmp_path / "locks" / "organization" / "day-service-app" / "dev" / name
    lock.parent.mkdir(parents=True)
    lock.write_text(left)
    then = time.time() - age
    os.utime(lock, (then, then))
    assert drop_cut_off(tmp_path) == (lock if gone else None)
    assert lock.exists() is not gone


def test_what_the_backend_notes_beside_a_lock_is_no_lock(tmp_path: Path) -> None:
    lock = tmp_path / "locks" / "organization" / "day-service-app" / "dev" / "a.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")
    lock.with_name("a.json.attrs").write_text("")
    assert lock_files(tmp_path / "locks") == [lock]
    assert drop_cut_off(tmp_path) is None
