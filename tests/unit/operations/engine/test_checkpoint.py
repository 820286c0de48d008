"""A state that was cut off is replaced by its newest whole copy, and a whole one is left alone."""

import json
import os
from pathlib import Path

import pytest

from operations.engine.checkpoint import restore, restore_any
from tests.unit.operations.holders import DEAD, ELSEWHERE, living

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


def notes(state: Path, content: str | None = None) -> Path:
    """What the backend notes beside a state."""
    file = state.with_name(f"{state.name}.attrs")
    if content is not None:
        file.write_text(content)
    return file


def lock(folder: Path, content: str, *, name: str = "one") -> None:
    file = folder / "locks" / "organization" / PROJECT / STACK / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


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


@pytest.mark.parametrize(
    "content", ["", "{", "{}", json.dumps(ELSEWHERE)], ids=["empty", "cut", "nobody", "elsewhere"]
)
def test_what_somebody_may_be_writing_is_left_alone(tmp_path: Path, state: Path, content: str) -> None:
    state.write_text("{")
    whole(state.with_name("dev.json.bak"), "former")
    lock(tmp_path, content)
    assert restore(tmp_path, PROJECT, STACK) is None
    assert state.read_text() == "{"
    notes(whole(state, "now"), "{")
    assert restore(tmp_path, PROJECT, STACK) is None
    assert notes(state).read_text() == "{"


def test_what_a_living_holder_writes_is_left_alone_and_what_a_dead_one_left_is_put_right(
    tmp_path: Path, state: Path
) -> None:
    state.write_text("{")
    copy = whole(state.with_name("dev.json.bak"), "former")
    with living() as holder:
        lock(tmp_path, json.dumps(holder))
        assert restore(tmp_path, PROJECT, STACK) is None
    assert restore(tmp_path, PROJECT, STACK) == copy
    assert mark(state) == "former"


def test_one_living_holder_among_the_dead_keeps_the_state_as_it_is(tmp_path: Path, state: Path) -> None:
    state.write_text("{")
    whole(state.with_name("dev.json.bak"), "former")
    lock(tmp_path, json.dumps(DEAD))
    with living() as holder:
        lock(tmp_path, json.dumps(holder), name="two")
        assert restore(tmp_path, PROJECT, STACK) is None
    assert state.read_text() == "{"


def test_notes_that_a_dead_holder_left_cut_off_are_dropped(tmp_path: Path, state: Path) -> None:
    notes(whole(state, "now"), "")
    lock(tmp_path, json.dumps(DEAD))
    assert restore(tmp_path, PROJECT, STACK) == state
    assert not notes(state).exists()


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
    notes(state, left)
    assert restore(tmp_path, PROJECT, STACK) == state
    assert not notes(state).exists()
    assert mark(state) == "now"


def test_whole_notes_beside_a_whole_state_stay(tmp_path: Path, state: Path) -> None:
    whole(state, "now")
    notes(state, "{}")
    assert restore(tmp_path, PROJECT, STACK) is None
    assert notes(state).exists()


def test_the_state_of_another_stack_is_put_right_too(tmp_path: Path, state: Path) -> None:
    whole(state, "now")
    other = state.parent.parent / "service-infrastructure" / "dev.json"
    other.parent.mkdir()
    other.write_text("")
    copy = whole(other.with_name("dev.json.bak"), "former")
    assert restore_any(tmp_path) == copy
    assert mark(other) == "former"
    assert restore_any(tmp_path) is None
