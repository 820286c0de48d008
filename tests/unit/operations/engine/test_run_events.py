"""One run of the engine, event by event, against a small program in its place."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from operations.engine.events import Diagnostic
from operations.engine.process import Begun, Done, EngineProcess, Event, Outcome, Planned

URN = "urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::day"
METADATA: dict[str, Any] = {"op": "update", "urn": URN, "type": "kubernetes:apps/v1:Deployment"}
ROOT_METADATA: dict[str, Any] = {
    "op": "same",
    "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
    "type": "pulumi:pulumi:Stack",
    "old": {"outputs": {"a": 1}},
}

Engine = Callable[..., tuple[Outcome, list[Event]]]


def event(kind: str, **content: Any) -> str:
    return json.dumps({"sequence": 1, kind: content})


def message(severity: str, text: str, **content: Any) -> str:
    return event("diagnosticEvent", severity=severity, message=text, **content)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Run an engine that prints some lines and ends."""

    def run(*lines: str, code: int = 0, stderr: str = "", extra: str = "") -> tuple[Outcome, list[Event]]:
        (tmp_path / "lines").write_text("".join(f"{line}\n" for line in lines))
        (tmp_path / "stderr").write_text(stderr)
        script = tmp_path / "engine"
        script.write_text(f"#!/bin/sh\n{extra}\ncat lines\ncat stderr >&2\nexit {code}\n")
        script.chmod(0o755)
        told: list[Event] = []
        environment = {"PATH": "/usr/bin:/bin", "OURS": "yes"}
        process = EngineProcess([script, "up"], folder=tmp_path, environment=environment)
        return process.follow(told.append), told

    return run


def test_each_event_is_told_as_it_comes(engine: Engine) -> None:
    _, told = engine(
        event("preludeEvent"),
        event("resourcePreEvent", metadata=METADATA),
        message("info", "working", ephemeral=True),
        event("resOutputsEvent", metadata=METADATA),
    )
    assert [type(item) for item in told] == [Begun, Planned, Diagnostic, Done]


def test_a_step_is_counted_once_however_often_it_is_told(engine: Engine) -> None:
    outcome, _ = engine(
        event("resourcePreEvent", metadata=METADATA), event("resOutputsEvent", metadata=METADATA)
    )
    assert [step.title for step in outcome.steps] == ["Deployment/day"]


def test_a_replacements_steps_are_all_kept(engine: Engine) -> None:
    operations = ["create-replacement", "replace", "delete-replaced"]
    outcome, _ = engine(*(event("resourcePreEvent", metadata={**METADATA, "op": op}) for op in operations))
    assert [step.operation for step in outcome.steps] == operations


def test_what_the_engine_did_counts_more_than_what_it_meant_to_do(engine: Engine) -> None:
    outcome, _ = engine(
        event("resourcePreEvent", metadata={**METADATA, "diffs": ["spec"]}),
        event("resOutputsEvent", metadata={**METADATA, "diffs": ["spec", "metadata"]}),
    )
    assert outcome.steps[0].changed == ("spec", "metadata")


def test_errors_are_kept_and_the_state_of_a_wait_is_not(engine: Engine) -> None:
    outcome, _ = engine(
        message("error", "wrong"),
        message("warning", "odd"),
        message("info", "fine"),
        message("error", "still waiting", ephemeral=True),
        event("errorEvent", error="broken"),
        code=1,
    )
    assert outcome.code == 1
    assert outcome.errors == ("wrong", "broken")
    assert [item.text for item in outcome.messages] == ["wrong", "odd", "broken"]


def test_what_is_said_outside_of_events_is_an_error_of_a_failed_run(engine: Engine) -> None:
    outcome, _ = engine("no event", code=255, stderr="error: no stack named 'dev' found\n")
    assert sorted(outcome.errors[-1].splitlines()) == ["no event", "no stack named 'dev' found"]
    only = engine(code=255, stderr="error: no stack named 'dev' found\n")[0]
    assert only.errors == ("no stack named 'dev' found",)


def test_what_is_said_outside_of_events_of_a_good_run_is_nothing(engine: Engine) -> None:
    outcome, told = engine("warning: something", stderr="more")
    assert (outcome.code, outcome.errors, told) == (0, (), [])


@pytest.mark.parametrize("line", ["", "null", "5", '"text"', "[]", "[1]", "{}", '{"other": 1}', "{", "\x00"])
def test_a_line_that_is_no_event_is_none(engine: Engine, line: str) -> None:
    outcome, told = engine(line, event("resourcePreEvent", metadata=METADATA))
    assert len(told) == len(outcome.steps) == 1


@pytest.mark.parametrize(
    ("metadata", "nothing"),
    [
        ({**METADATA, "op": "same"}, True),
        (METADATA, False),
        ({**ROOT_METADATA, "new": {"outputs": {"a": 1}}}, True),
        ({**ROOT_METADATA, "new": {"outputs": {"a": 2}}}, False),
    ],
)
def test_a_run_changes_nothing_only_where_objects_and_exports_stay(
    engine: Engine, metadata: dict[str, Any], nothing: bool
) -> None:
    outcome, _ = engine(event("resourcePreEvent", metadata=metadata))
    assert outcome.changes_nothing is nothing


def test_the_engine_runs_in_the_project_with_the_environment_that_it_was_given(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMBIENT", "yes")
    engine(extra='echo "$PWD|$OURS|$AMBIENT|$PULUMI_ENABLE_STREAMING_JSON_PREVIEW|$1" > seen')
    assert (tmp_path / "seen").read_text() == f"{tmp_path}|yes||true|up\n"


def test_a_long_answer_on_stderr_does_not_stop_the_run(engine: Engine) -> None:
    outcome, _ = engine(event("resourcePreEvent", metadata=METADATA), code=1, stderr="x" * 300_000)
    assert len(outcome.errors[0]) == 300_000


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[EngineProcess]:
    """An engine that waits for its plan, and then keeps it."""
    script = tmp_path / "waiting"
    script.write_text('#!/bin/sh\nplan=$(cat /dev/stdin)\necho "$plan" > done\n')
    script.chmod(0o755)
    process = EngineProcess([script], folder=tmp_path, environment={"PATH": "/usr/bin:/bin"}, waits=True)
    yield process
    process.withdraw()


def test_an_engine_that_waits_does_its_plan_and_is_not_ended_by_a_withdrawal(
    waiting: EngineProcess, tmp_path: Path
) -> None:
    (tmp_path / "plan").write_text("the plan" * 100_000)
    waiting.give(tmp_path / "plan")
    waiting.withdraw()
    assert waiting.follow(lambda event: None).code == 0
    assert (tmp_path / "done").read_text() == "the plan" * 100_000 + "\n"


def test_an_engine_that_waits_for_a_plan_in_vain_is_ended_and_has_done_nothing(
    waiting: EngineProcess, tmp_path: Path
) -> None:
    waiting.withdraw()
    assert not (tmp_path / "done").exists()


def test_an_engine_that_ended_before_it_got_its_plan_has_failed(tmp_path: Path) -> None:
    script = tmp_path / "broken"
    script.write_text("#!/bin/sh\nexec <&-\necho 'error: broken' >&2\nexit 255\n")
    script.chmod(0o755)
    process = EngineProcess([script], folder=tmp_path, environment={}, waits=True)
    (tmp_path / "plan").write_text("the plan" * 100_000)
    process.give(tmp_path / "plan")
    outcome = process.follow(lambda event: None)
    assert (outcome.code, outcome.errors) == (255, ("broken",))
