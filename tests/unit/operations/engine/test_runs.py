"""What held a run up is put right where that can be done, and waited for or told where it cannot."""

import socket
from pathlib import Path

import pytest

from operations.engine import recovery
from operations.engine import runs as module
from operations.engine.faults import EngineFailure
from operations.engine.project import StackId
from shared.refusal import Refusal
from tests.unit.operations.engine.engines import Engine, of
from tests.unit.operations.holders import DEAD, living, write_lock

LOCKED = (
    "error: the stack is currently locked by 1 lock(s).\n"
    "  file:///lock.json: created by ada@{host} (pid {pid}) at 2026-01-02T03:04:05Z"
)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that is no folder."""
    monkeypatch.setattr(module, "backend_folder", lambda url: None)


def test_a_lock_that_a_killed_run_left_is_freed_and_one_taken_meanwhile_is_not(
    stack: StackId, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = Path(of(stack, engine).backend_folder or "").parent.parent
    assert local.name == ".local"
    locked = LOCKED.format(host=socket.gethostname(), pid=DEAD["pid"])
    monkeypatch.setattr(recovery, "_POLL_SECONDS", 0)
    left = write_lock(local, DEAD, project=stack.project.name, name="left")
    with living() as holder:
        taken = write_lock(local, holder, project=stack.project.name, name="taken")
        engine.answers((255, "", locked), (0, "", ""))
        of(stack, engine).update()
        assert [call.split()[0] for call in engine.calls] == ["up", "up"]
        assert (left.exists(), taken.exists()) == (False, True)


def test_a_dead_holders_lock_that_is_nowhere_is_a_failure_after_a_while(
    stack: StackId, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_WRITING_SECONDS", -1)
    engine.answers((255, "", LOCKED.format(host=socket.gethostname(), pid=2**22 + 1)))
    with pytest.raises(EngineFailure, match="there is none in"):
        of(stack, engine).update()


@pytest.mark.usefixtures("elsewhere")
def test_a_lock_on_a_backend_that_is_no_folder_is_freed_by_the_engine(stack: StackId, engine: Engine) -> None:
    locked = LOCKED.format(host=socket.gethostname(), pid=2**22 + 1)
    engine.answers((255, "", locked), (0, "", ""), (0, "", ""))
    of(stack, engine).update()
    assert [call.split()[0] for call in engine.calls] == ["up", "cancel", "up"]


@pytest.mark.usefixtures("elsewhere")
def test_a_lock_that_cannot_be_freed_is_a_failure(stack: StackId, engine: Engine) -> None:
    locked = LOCKED.format(host=socket.gethostname(), pid=2**22 + 1)
    engine.answers((255, "", locked), (1, "", "error: no rights"))
    with pytest.raises(EngineFailure, match="no rights"):
        of(stack, engine).update()


def test_a_lock_of_a_run_elsewhere_is_waited_for_and_never_freed(
    stack: StackId, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recovery, "_POLL_SECONDS", 0)
    locked = (255, "", LOCKED.format(host="elsewhere", pid=1))
    engine.answers(locked, locked, (0, "", ""))
    of(stack, engine).update()
    assert [call.split()[0] for call in engine.calls] == ["up", "up", "up"]
    told = capsys.readouterr().err
    assert [told.count(line) for line in ("update ...", "waiting for")] == [1, 1]


def test_a_lock_that_is_held_too_long_is_refused_with_its_holder(
    stack: StackId, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_PATIENCE_SECONDS", -1)
    engine.answers((255, "", LOCKED.format(host="elsewhere", pid=1)))
    with pytest.raises(Refusal, match="being changed by ada@elsewhere"):
        of(stack, engine).update()
    assert [call.split()[0] for call in engine.calls] == ["up"]


def test_a_state_that_is_being_written_is_read_again(stack: StackId, engine: Engine) -> None:
    engine.answers((255, "", "error: failed to load checkpoint: unexpected end of JSON input"), (0, "", ""))
    of(stack, engine).update()
    assert [call.split()[0] for call in engine.calls] == ["up", "up"]


def test_a_state_that_stays_unreadable_is_a_failure(
    stack: StackId, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "_WRITING_SECONDS", -1)
    engine.answers((255, "", "error: failed to load checkpoint: unexpected end of JSON input"))
    with pytest.raises(EngineFailure, match="failed to load checkpoint"):
        of(stack, engine).update()
