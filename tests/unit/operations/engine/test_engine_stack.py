"""A stack's verbs: what each asks of the engine, and what its answers mean."""

import json
from pathlib import Path

import pytest

from operations.engine import report
from operations.engine.faults import EngineFailure
from operations.engine.project import StackId
from operations.engine.runs import StackMissing
from shared.refusal import Refusal
from tests.unit.operations.engine.engines import Engine, of

MISSING = "error: no stack named 'dev' found"


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
