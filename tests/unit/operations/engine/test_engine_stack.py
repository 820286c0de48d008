"""A stack's verbs: what each asks of the engine, and what its answers mean."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.engine import recovery, report
from operations.engine import runs as module
from operations.engine.faults import EngineFailure
from operations.engine.project import StackId
from operations.engine.runs import StackMissing
from operations.engine.stack import EngineStack
from shared.refusal import Refusal
from tests.unit.operations.holders import DEAD, living, write_lock

LOCKED = (
    "error: the stack is currently locked by 1 lock(s).\n"
    "  file:///lock.json: created by ada@{host} (pid {pid}) at 2026-01-02T03:04:05Z"
)
MISSING = "error: no stack named 'dev' found"


class Engine:
    """A program in the engine's place: answers each call in turn, and the last for good."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.allowed: list[str] = []
        self.script = folder / "pulumi"
        self.script.write_text(
            f'#!/bin/sh\ncd {folder}\necho "$*|" >> calls\n'
            'echo "$PULUMI_SKIP_CHECKPOINTS" >> unsaved\necho "$TMPDIR" >> temporary\n'
            "n=$(wc -l < calls)\n[ -e answer$n ] || n=last\n"
            "cat answer$n; cat error$n >&2; read code < code$n; exit $code\n"
        )
        self.script.chmod(0o755)

    def answers(self, *answers: tuple[int, str, str]) -> None:
        """Set the answers: exit code, output, errors."""
        for number, (code, output, error) in enumerate(answers, start=1):
            for name in [str(number), *(["last"] if number == len(answers) else [])]:
                (self.folder / f"answer{name}").write_text(output)
                (self.folder / f"error{name}").write_text(error)
                (self.folder / f"code{name}").write_text(f"{code}\n")

    @property
    def calls(self) -> list[str]:
        """What the engine was called with."""
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def engine(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine(checkout / "tools")

    @contextlib.contextmanager
    def served(folder: Path, *, allow: str) -> Iterator[str]:
        assert folder == checkout / "apps" / "day"
        engine.allowed.append(allow)
        yield "address"

    monkeypatch.setattr(module, "serve_program", served)
    return engine


def of(stack: StackId, engine: Engine, allow: str = "") -> EngineStack:
    toolchain: Any = SimpleNamespace(path=lambda name: engine.script, bin_folders=[engine.folder])
    return EngineStack(stack, toolchain, allow=allow)


def test_a_preview_saves_the_plan_that_the_update_keeps_to(stack: StackId, engine: Engine) -> None:
    engine.answers((0, "", ""))
    one = of(stack, engine)
    one.preview(save_plan=Path("/plan"), show_steps=False)
    one.update(plan=Path("/plan"))
    preview, update = engine.calls
    assert preview.startswith(
        "preview --save-plan /plan --client=address --stack dev --non-interactive --json --config-file "
    )
    assert update.startswith("up --yes --skip-preview --plan /plan --client=address --stack dev")


def test_a_preview_writes_no_state_and_an_applications_update_writes_it_as_it_goes(
    stack: StackId, engine: Engine
) -> None:
    engine.answers((0, "", ""))
    one = of(stack, engine)
    one.preview()
    one.update()
    assert (engine.folder / "unsaved").read_text().splitlines() == ["true", ""]


def test_an_update_waits_for_its_plan_where_settings_are_new_and_no_other_runs_beside_it(
    stack: StackId, engine: Engine
) -> None:
    engine.answers((0, json.dumps({"preludeEvent": {}}), ""))
    one = of(stack, engine)

    def begun() -> bool:
        with one.waiting_update() as waiting:
            one.preview(meanwhile=waiting.begin)
            return waiting.process is not None

    assert begun()
    assert not begun()
    stack.project.settings_file("dev").write_text("config:\n  day-service-app:image_tag: two\n")
    watching = report.WATCH.set(lambda text: None)
    assert not begun()
    report.WATCH.reset(watching)


def test_an_update_that_waited_is_given_the_plan_and_is_the_only_one(
    stack: StackId, engine: Engine, tmp_path: Path
) -> None:
    engine.answers((0, json.dumps({"preludeEvent": {}}), ""))
    one = of(stack, engine)
    (tmp_path / "plan").write_text("{}")
    with one.waiting_update() as waiting:
        one.preview(meanwhile=waiting.begin)
        one.update(plan=tmp_path / "plan", waiting=waiting)
    preview, update = engine.calls
    assert preview.startswith("preview ")
    assert update.startswith("up --yes --skip-preview --plan /dev/stdin --client=address --stack dev")


def test_a_run_has_a_temporary_folder_of_its_own(stack: StackId, engine: Engine, checkout: Path) -> None:
    engine.answers((0, "", ""))
    of(stack, engine).preview()
    folder = Path((engine.folder / "temporary").read_text().strip())
    assert folder.parent == checkout / ".local" / "scratch"
    assert not folder.exists()


@pytest.mark.parametrize("verb", ["destroy", "refresh"])
def test_a_verb_that_runs_no_program_serves_none(stack: StackId, engine: Engine, verb: str) -> None:
    engine.answers((0, "", ""))
    getattr(of(stack, engine), verb)()
    assert "--client" not in engine.calls[0]


def test_the_engine_reads_the_copy_of_the_settings(stack: StackId, engine: Engine, checkout: Path) -> None:
    engine.answers((0, "", ""))
    of(stack, engine).update()
    copy = checkout / ".local" / "settings" / "day-service-app" / "Pulumi.dev.yaml"
    assert f"--config-file {copy}|" in engine.calls[0]


def test_a_destroy_leaves_out_what_is_to_be_kept(stack: StackId, engine: Engine) -> None:
    engine.answers((0, "", ""))
    of(stack, engine).destroy(keep=["urn:a", "urn:b"])
    assert engine.calls[0].startswith("destroy --yes --skip-preview --exclude urn:a --exclude urn:b --stack")


def test_what_may_be_lost_is_told_to_the_program(stack: StackId, engine: Engine) -> None:
    engine.answers((0, "", ""))
    of(stack, engine, allow="Namespace/dev").update()
    of(stack, engine).update()
    assert engine.allowed == ["Namespace/dev", ""]


def test_a_stack_that_was_never_made_is_missing(stack: StackId, engine: Engine) -> None:
    engine.answers((255, "", MISSING))
    with pytest.raises(StackMissing, match="Deploy it first: make app-up SERVICE=day ENV=dev"):
        of(stack, engine).preview()
    assert of(stack, engine).outputs() == {}
    assert of(stack, engine).state() == {}
    of(stack, engine).forget()


def test_outputs_and_state_are_read(stack: StackId, engine: Engine) -> None:
    engine.answers((0, json.dumps({"a": 1}), ""))
    assert of(stack, engine).outputs() == {"a": 1}
    assert of(stack, engine).outputs(show_secrets=True) == {"a": 1}
    assert of(stack, engine).state() == {"a": 1}
    assert ["--show-secrets" in call for call in engine.calls] == [False, True, False]


@pytest.mark.parametrize("verb", ["preview", "update", "destroy", "refresh", "outputs", "state", "forget"])
def test_every_verbs_failure_is_one_in_the_engines_words(stack: StackId, engine: Engine, verb: str) -> None:
    engine.answers((1, "", "error: something broke"))
    with pytest.raises(EngineFailure, match="something broke"):
        getattr(of(stack, engine), verb)()


@pytest.mark.parametrize("verb", ["preview", "update", "destroy", "outputs"])
def test_every_verbs_refusal_is_one(stack: StackId, engine: Engine, verb: str) -> None:
    engine.answers((1, "", "error: incorrect passphrase"))
    with pytest.raises(Refusal, match="passphrase does not open"):
        getattr(of(stack, engine), verb)()


def test_a_stack_that_exists_already_is_made_all_the_same(stack: StackId, engine: Engine) -> None:
    engine.answers((1, "", "error: stack 'dev' already exists"))
    assert not of(stack, engine).create()


def test_a_stack_that_cannot_be_made_is_a_failure(stack: StackId, engine: Engine) -> None:
    engine.answers((1, "", "error: the backend refuses"))
    with pytest.raises(EngineFailure, match="the backend refuses"):
        of(stack, engine).create()


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


@pytest.mark.parametrize(("name", "unknown"), [("", True), ("dev.json", False), ("dev.json.gz", False)])
def test_a_stack_without_a_state_in_the_folder_is_unknown(
    stack: StackId, engine: Engine, name: str, unknown: bool
) -> None:
    one = of(stack, engine)
    assert one.backend_folder
    place = one.backend_folder / "stacks" / "day-service-app"
    place.mkdir(parents=True)
    if name:
        (place / name).write_text("{}")
    assert one.is_unknown is unknown


def test_of_a_backend_that_is_no_folder_no_stack_is_unknown(
    stack: StackId, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    assert not of(stack, engine).is_unknown


@pytest.mark.parametrize(
    ("answer", "made"), [((0, "", ""), True), ((255, "", "error: stack 'dev' already exists"), False)]
)
def test_making_a_stack_tells_whether_it_was_there(
    stack: StackId, engine: Engine, answer: tuple[int, str, str], made: bool
) -> None:
    engine.answers(answer)
    assert of(stack, engine).create() is made
    assert engine.calls == ["stack init dev --no-select --non-interactive|"]
