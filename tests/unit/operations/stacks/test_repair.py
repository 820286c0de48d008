"""A state is removed with a copy kept; a lock is removed where its process has died, and only then."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operations import checkout
from operations.engine.locks import LockHolder
from operations.stacks import repair as module
from operations.stacks.repair import forget, unlock
from shared.errors import Refusal
from shared.stacks import Stack
from tests.unit.operations.holders import DEAD, ELSEWHERE, holder, living, write_lock
from tests.unit.operations.stacks.conftest import STACK

TOOLCHAIN: Any = None
STATE = {"deployment": {"resources": [{"type": "pulumi:pulumi:Stack", "urn": "root"}]}}


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(checkout, "LOCAL", tmp_path)
    return tmp_path


def forgotten(local: Path, monkeypatch: pytest.MonkeyPatch, state: Any) -> list[Any]:
    """What was kept of a state when it was removed, each time that it was."""
    kept: list[Any] = []

    class Engine:
        def state(self) -> Any:
            return state

        def forget(self) -> None:
            kept.append([json.loads(file.read_text()) for file in (local / "backups").iterdir()])

    monkeypatch.setattr(module, "EngineStack", lambda stack, toolchain: Engine())
    forget(STACK, TOOLCHAIN)
    forget(STACK, TOOLCHAIN)
    return kept


def test_a_copy_of_every_removed_state_is_kept_readable_by_its_user_alone(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forgotten(local, monkeypatch, STATE) == [[STATE], [STATE, STATE]]
    assert {stat.S_IMODE(file.stat().st_mode) for file in (local / "backups").iterdir()} == {0o600}
    # A stack without a state has nothing to remove.
    assert forgotten(local, monkeypatch, {}) == []


class Engine:
    """The engine of a stack on a backend: a folder, or None for one that says what locks it has by the engine alone."""

    def __init__(self, backend: Path | None, *locks: LockHolder) -> None:
        self.stack, self.backend, self.locks = STACK, backend, list(locks)

    def locked_by(self) -> list[LockHolder]:
        return self.locks

    def cancel(self) -> None:
        self.locks = []


def freed(backend: Path, named: str = "") -> None:
    unlock(Engine(backend), named)  # type: ignore[arg-type]


def shown(content: dict[str, Any]) -> str:
    """A holder as messages name it."""
    since = datetime.fromisoformat(content["timestamp"])
    return (
        f"{content['username']}@{content['hostname']} (process {content['pid']}, since {since:%H:%M:%S} UTC)"
    )


def test_a_lock_of_a_running_process_stays_even_if_it_is_named(local: Path) -> None:
    with living(local, STACK) as holder:
        file = write_lock(local, holder)
        other = write_lock(local, DEAD, stack=Stack("dusk-service-app", "dev"))
        for named in ("", shown(holder)):
            with pytest.raises(Refusal, match=rf"locked by a running process: .*process {holder['pid']}"):
                freed(local, named)
        assert file.exists()
    freed(local)
    assert (file.exists(), other.exists()) == (False, True)


@pytest.mark.parametrize(
    ("other", "told"),
    [(ELSEWHERE, "cannot be proven"), ({}, "does not name a process"), ([], "does not name a process")],
)
def test_nothing_is_removed_where_one_of_several_cannot_be_checked(
    local: Path, other: object, told: str
) -> None:
    dead, unclear = write_lock(local, DEAD), write_lock(local, other, name="two")
    with pytest.raises(Refusal, match=told):
        freed(local)
    assert dead.exists()
    assert unclear.exists()


def test_a_lock_of_another_machine_is_refused_with_the_command_that_frees_exactly_that_lock(
    local: Path,
) -> None:
    file, other = write_lock(local, ELSEWHERE), write_lock(local, {**ELSEWHERE, "pid": 2}, name="two")
    with pytest.raises(Refusal) as caught:
        freed(local)
    named = caught.value.remedy.partition("HOLDER='")[2].removesuffix("'")
    assert named == shown(ELSEWHERE)
    with pytest.raises(Refusal, match="not by ada@nowhere alone"):
        freed(local, "ada@nowhere")
    freed(local, named)
    assert (file.exists(), other.exists()) == (False, True)


def test_a_lock_that_was_just_taken_is_not_removed_even_if_it_is_named(local: Path) -> None:
    recent = holder(1, "another-machine", hours=0)
    file = write_lock(local, recent)
    with pytest.raises(Refusal, match=r"only \d+ s ago"):
        freed(local, shown(recent))
    assert file.exists()


def test_in_a_bucket_a_named_lock_is_removed_where_it_is_the_only_one(local: Path) -> None:
    old = datetime.now(UTC) - timedelta(hours=3)
    lost, other = LockHolder("ci", "runner-7", 7, old), LockHolder("ada", "laptop", 8, old)
    for engine, named in ((Engine(None, lost), ""), (Engine(None, lost, other), str(lost))):
        before = list(engine.locks)
        with pytest.raises(Refusal, match="runner-7"):
            unlock(engine, named)  # type: ignore[arg-type]
        assert engine.locks == before
    alone = Engine(None, lost)
    unlock(alone, str(lost))  # type: ignore[arg-type]
    assert alone.locks == []
