"""A state that was cut off is replaced by its newest whole copy, and a whole one is left alone."""

import json
import os
from pathlib import Path

import pytest

from operations.engine.checkpoint import restore, restore_any

PROJECT, STACK = "day-service-app", "dev"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "stacks" / PROJECT
    folder.mkdir(parents=True)
    return folder / f"{STACK}.json"


def whole(file: Path, mark: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"mark": mark}}))
    return file


def mark(file: Path) -> str:
    return str(json.loads(file.read_text())["checkpoint"]["mark"])


@pytest.mark.parametrize(
    "left", ["", '{"checkpoint": {"mark": "ne', "null", "[]"], ids=["empty", "cut", "null", "list"]
)
def test_the_copy_beside_it_takes_the_place_of_a_state_that_is_cut_off(
    tmp_path: Path, state: Path, left: str
) -> None:
    state.write_text(left)
    copy = whole(state.with_name("dev.json.bak"), "former")
    assert restore(tmp_path, PROJECT, STACK) == copy
    assert mark(state) == "former"
    assert state.with_name("dev.json.damaged").read_text() == left


def test_the_newest_backup_is_taken_where_the_copy_is_cut_off_too(tmp_path: Path, state: Path) -> None:
    state.write_text("{")
    state.with_name("dev.json.bak").write_text("{")
    backups = tmp_path / "backups" / PROJECT / STACK
    for number, name in enumerate(("old", "new")):
        os.utime(whole(backups / f"dev.{number}.json", name), (number, number))
    restore(tmp_path, PROJECT, STACK)
    assert mark(state) == "new"


def test_a_whole_state_is_left_alone(tmp_path: Path, state: Path) -> None:
    whole(state, "now")
    whole(state.with_name("dev.json.bak"), "former")
    assert restore(tmp_path, PROJECT, STACK) is None
    assert mark(state) == "now"


def test_a_state_that_somebody_holds_the_lock_of_is_left_alone(tmp_path: Path, state: Path) -> None:
    state.write_text("{")
    whole(state.with_name("dev.json.bak"), "former")
    lock = tmp_path / "locks" / "organization" / PROJECT / STACK / "one.json"
    lock.parent.mkdir(parents=True)
    lock.touch()
    assert restore(tmp_path, PROJECT, STACK) is None
    assert state.read_text() == "{"


def test_without_a_whole_copy_nothing_is_touched(tmp_path: Path, state: Path) -> None:
    state.write_text("{")
    assert restore(tmp_path, PROJECT, STACK) is None
    assert state.read_text() == "{"
    assert restore(tmp_path, PROJECT, "never") is None


@pytest.mark.parametrize("left", ["", '{"user.content_type": "te'], ids=["empty", "cut"])
def test_what_the_backend_notes_beside_a_state_is_dropped_where_it_is_cut_off(
    tmp_path: Path, state: Path, left: str
) -> None:
    whole(state, "now")
    notes = state.with_name("dev.json.attrs")
    notes.write_text(left)
    assert restore(tmp_path, PROJECT, STACK) == state
    assert not notes.exists()
    assert mark(state) == "now"


def test_whole_notes_beside_a_whole_state_stay(tmp_path: Path, state: Path) -> None:
    whole(state, "now")
    notes = state.with_name("dev.json.attrs")
    notes.write_text("{}")
    assert restore(tmp_path, PROJECT, STACK) is None
    assert notes.exists()


def test_the_state_of_another_stack_is_put_right_too(tmp_path: Path, state: Path) -> None:
    whole(state, "now")
    other = state.parent.parent / "service-infrastructure" / "dev.json"
    other.parent.mkdir()
    other.write_text("")
    copy = whole(other.with_name("dev.json.bak"), "former")
    assert restore_any(tmp_path) == copy
    assert mark(other) == "former"
    assert restore_any(tmp_path) is None
