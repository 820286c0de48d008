"""What keeps a run from starting is repaired only where it is known that no living process is at work on it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from operations import checkout
from operations.engine import recovery
from operations.engine.events import EngineFailure
from operations.engine.recovery import Recovery, end_orphans, lock_files, running_plugins
from shared.errors import Refusal
from tests.unit.operations.holders import DAY, LOCKED, write_mark

NEVER = 2**22 + 1
"""No process has this number."""

UNREADABLE = "error: failed to load checkpoint: unexpected end of JSON input"
SINCE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LONG_AGO = (1_000_000, 1_000_000)


def recovery_of(folder: Path | None, cancel: tuple[int, str] = (0, "")) -> Recovery:
    return Recovery(DAY, folder, lambda: subprocess.CompletedProcess([], cancel[0], "", cancel[1]))


def write(file: Path, content: str, *, recent: bool = False) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    if not recent:
        os.utime(file, LONG_AGO)
    return file


def lock(folder: Path, name: str, content: str = "{}", *, recent: bool = False) -> Path:
    return write(folder / "locks" / "organization" / DAY.project / DAY.name / name, content, recent=recent)


def complete(file: Path, mark: str) -> Path:
    return write(file, json.dumps({"version": 3, "checkpoint": {"latest": {"mark": mark}}}))


def mark(file: Path) -> str:
    return str(json.loads(file.read_text())["checkpoint"]["latest"]["mark"])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "_POLL_SECONDS", 0)


# Locks


def test_a_lock_of_a_process_that_ended_is_removed_and_one_taken_meanwhile_stays(tmp_path: Path) -> None:
    left, taken = lock(tmp_path, "left.json"), lock(tmp_path, "taken.json")
    write_mark(tmp_path, DAY, "elsewhere", NEVER, SINCE)
    assert recovery_of(tmp_path).can_go_on([LOCKED.format(host="elsewhere", pid=NEVER)])
    assert (left.exists(), taken.exists()) == (False, True)


def test_a_lock_whose_holder_may_be_alive_is_waited_for_with_the_command_that_frees_it_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left, waiting = lock(tmp_path, "left.json"), recovery_of(tmp_path)
    error = LOCKED.format(host="elsewhere", pid=NEVER)
    assert waiting.can_go_on([error])
    assert waiting.can_go_on([error])
    told = " ".join(capsys.readouterr().err.split())
    free = f"make unlock SERVICE=day ENV=dev HOLDER='ada@elsewhere (process {NEVER}, since 03:04:05 UTC)'"
    assert (told.count("waiting for"), told.count(f"If it has ended: {free}")) == (1, 1)
    monkeypatch.setattr(recovery, "_PATIENCE_SECONDS", -1)
    with pytest.raises(Refusal, match="locked by ada@elsewhere"):
        waiting.can_go_on([error])
    assert left.exists()


def test_on_another_backend_the_engine_removes_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = LOCKED.format(host="elsewhere", pid=NEVER)
    monkeypatch.setattr(checkout, "LOCAL", tmp_path)
    write_mark(tmp_path, DAY, "elsewhere", NEVER, SINCE)
    assert recovery_of(None).can_go_on([error])
    with pytest.raises(EngineFailure, match="no rights"):
        recovery_of(None, (1, "no rights")).can_go_on([error])


@pytest.mark.parametrize("name", ["a.json", "a.json.1764100000000000000.tmp"])
@pytest.mark.parametrize(
    ("left", "recent", "removed"), [("", False, True), ("{", False, True), ("", True, False)]
)
def test_a_lock_that_was_cut_off_is_removed_once_nothing_can_be_writing_it(
    tmp_path: Path, name: str, left: str, recent: bool, removed: bool
) -> None:
    broken, notes = lock(tmp_path, name, left, recent=recent), lock(tmp_path, "b.json.attrs", "")
    assert lock_files(tmp_path) == [broken]
    recovery_of(tmp_path).can_go_on([UNREADABLE])
    assert (broken.exists(), notes.exists()) == (not removed, True)


# States


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return complete(tmp_path / "stacks" / DAY.project / "dev.json", "now")


@pytest.mark.parametrize("left", ["", '{"checkpoint": {"la', "null"], ids=["empty", "cut", "null"])
@pytest.mark.parametrize("of_another_stack", [False, True])
def test_the_copy_beside_it_takes_the_place_of_a_state_that_was_cut_off(
    tmp_path: Path, state: Path, left: str, of_another_stack: bool
) -> None:
    if of_another_stack:
        state = tmp_path / "stacks" / "service-infrastructure" / "dev.json"
    write(state, left)
    complete(state.with_name("dev.json.bak"), "former")
    assert recovery_of(tmp_path).can_go_on([UNREADABLE])
    assert mark(state) == "former"
    assert state.with_name("dev.json.damaged").read_text() == left


def test_the_newest_backup_is_taken_where_the_copy_was_cut_off_too(tmp_path: Path, state: Path) -> None:
    write(state, "{")
    write(state.with_name("dev.json.bak"), "{")
    for number, name in enumerate(("old", "new")):
        os.utime(
            complete(tmp_path / "backups" / DAY.project / "dev" / f"dev.{number}.json", name),
            (number, number),
        )
    assert recovery_of(tmp_path).can_go_on([UNREADABLE])
    assert mark(state) == "new"


@pytest.mark.parametrize("what", ["a complete state", "one being written", "one without a copy"])
def test_nothing_else_is_touched_and_what_stays_unreadable_is_given_up(
    tmp_path: Path, state: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if what != "a complete state":
        write(state, "{", recent=what == "one being written")
    if what != "one without a copy":
        complete(state.with_name("dev.json.bak"), "former")
    write(state.with_name("dev.json.attrs"), "{}")
    before = {file: file.read_text() for file in state.parent.iterdir()}
    again = recovery_of(tmp_path)
    assert again.can_go_on([UNREADABLE])
    monkeypatch.setattr(recovery, "_READABLE_SECONDS", -1)
    assert not again.can_go_on([UNREADABLE])
    assert {file: file.read_text() for file in state.parent.iterdir()} == before


def test_another_error_is_not_tried_again(tmp_path: Path) -> None:
    assert not recovery_of(tmp_path).can_go_on(["error: something broke"])


# Orphans


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Path]:
    """A checkout's folder of programs: a plugin that waits, and an engine that starts it and waits."""
    folder = tmp_path / "bin"
    folder.mkdir()
    shutil.copy2(shutil.which("sleep") or "", folder / "pulumi-resource-kubernetes")
    shutil.copy2(shutil.which("bash") or "", folder / "pulumi")
    yield folder
    for process in running_plugins(folder):
        process.kill()


def test_a_plugin_is_ended_once_its_engine_was_killed_and_no_other(programs: Path, tmp_path: Path) -> None:
    engine = subprocess.Popen(
        [programs / "pulumi", "-c", f"{programs}/pulumi-resource-kubernetes 600 & wait"]
    )
    while not (plugins := list(running_plugins(programs))):
        time.sleep(0.01)
    end_orphans(programs)
    assert plugins[0].is_running()
    engine.kill()
    engine.wait()
    end_orphans(tmp_path / "other")
    assert plugins[0].is_running()
    end_orphans(programs)
    psutil.wait_procs(plugins, timeout=10)
    assert not list(running_plugins(programs))
