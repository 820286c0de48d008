"""What the engine says: its steps as people name and see them, and what its errors amount to."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from operations.engine import events as report
from operations.engine.events import (
    WATCH,
    Diagnostic,
    EngineFailure,
    Progress,
    Step,
    describe,
    is_shown,
    raise_for,
    step_of,
    tally,
)
from shared.errors import Failure, Refusal

URN = "urn:pulumi:dev::day-service-app::platform:service:WebService$kubernetes:apps/v1:Deployment::day"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def metadata(**changed: Any) -> dict[str, Any]:
    inputs = {"metadata": {"name": "day-service", "namespace": "dev"}}
    return {
        "op": "update",
        "urn": URN,
        "type": "kubernetes:apps/v1:Deployment",
        "old": {"inputs": inputs},
        "new": {"inputs": inputs},
        **changed,
    }


def root(old: Any, new: Any, operation: str = "same") -> dict[str, Any]:
    return {
        "op": operation,
        "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
        "type": "pulumi:pulumi:Stack",
        "old": old,
        "new": new,
    }


def test_a_step_is_named_as_the_cluster_names_the_object() -> None:
    step = step_of(metadata())
    assert (step.kind, step.name, step.namespace) == ("Deployment", "day-service", "dev")
    assert step.title == "Deployment/day-service"


@pytest.mark.parametrize("inputs", [None, {}, {"metadata": None}, {"metadata": {}}])
def test_an_object_without_a_name_is_called_by_its_logical_one(inputs: Any) -> None:
    step = step_of(metadata(new={"inputs": inputs}))
    assert (step.name, step.namespace) == ("day", "")


@pytest.mark.parametrize("retained", [True, False, None])
def test_a_drop_tells_whether_the_object_stays(retained: bool | None) -> None:
    old: dict[str, Any] = {"inputs": {}, "retainOnDelete": retained}
    assert step_of(metadata(op="delete", old=old, new=None)).retained is bool(retained)


def test_only_the_states_word_counts_for_what_stays() -> None:
    """A program that says retain now does not change how the engine deletes what the state does not retain."""
    assert not step_of(metadata(new={"inputs": {}, "retainOnDelete": True})).retained


def test_a_step_tells_what_changes() -> None:
    assert step_of(metadata(detailedDiff={"spec.template": {}}, diffs=["spec"])).changed == ("spec.template",)
    assert step_of(metadata(diffs=["spec"])).changed == ("spec",)
    assert step_of(metadata(detailedDiff=None, diffs=None)).changed == ()


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ({"outputs": {"a": 1}}, {"outputs": {"a": 2}}, ("outputs",)),
        ({"outputs": {"a": 1}}, {"outputs": {"a": 1}}, ()),
        ({"outputs": {}}, {"outputs": {"a": SECRET}}, ("outputs",)),
        ({"outputs": {"a": SECRET}}, {"outputs": {"a": SECRET}}, ()),
        (None, {"outputs": {"a": 1}}, ("outputs",)),
    ],
)
def test_changed_exports_are_a_change_of_the_stack(old: Any, new: Any, changed: tuple[str, ...]) -> None:
    step = step_of(root(old, new))
    assert (step.changed, step.is_change) == (changed, bool(changed))


@pytest.mark.parametrize("option", ["protect", "retainOnDelete"])
@pytest.mark.parametrize(("old", "new"), [(True, False), (None, True)])
def test_how_a_stack_keeps_an_object_is_a_change_where_nothing_else_is(
    option: str, old: bool | None, new: bool
) -> None:
    step = step_of(metadata(op="same", old={"inputs": {}, option: old}, new={"inputs": {}, option: new}))
    assert (step.operation, step.changed, step.is_change) == ("update", (option,), True)


@pytest.mark.parametrize(("old", "new"), [(None, False), (False, None), (True, True)])
def test_what_is_kept_as_before_is_the_same(old: bool | None, new: bool | None) -> None:
    step = step_of(
        metadata(op="same", old={"inputs": {}, "protect": old}, new={"inputs": {}, "protect": new})
    )
    assert (step.operation, step.changed, step.is_change) == ("same", (), False)


# What a person sees


def step(operation: str, kind: str = "Deployment", *, retained: bool = False, urn: str = URN) -> Step:
    return Step(operation, urn, kind, "day", "dev", retained, ("spec.a", "spec.b", "spec.c", "spec.d"))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is said on a console that is no terminal."""
    stream = io.StringIO()
    monkeypatch.setattr(report, "err", Console(file=stream, highlight=False, soft_wrap=True))
    return stream


def plain(line: str) -> str:
    stream = io.StringIO()
    Console(file=stream, highlight=False, soft_wrap=True).print(line)
    return stream.getvalue().rstrip("\n")


def test_an_object_that_stays_is_said_to_be_kept_and_a_name_with_brackets_is_told_as_it_is() -> None:
    kept = "  - keep, and no longer own Deployment/day in dev"
    assert plain(describe(step("delete", retained=True))) == kept
    assert "[red]" in plain(describe(Step("create", URN, "ConfigMap", "[red]")))


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("kubernetes:apps/v1:Deployment", True),
        ("pulumi:providers:kubernetes", True),
        ("pulumi:pulumi:Stack", False),
        ("pulumi:pulumi:StackReference", False),
    ],
)
def test_the_engines_own_business_is_not_shown_but_a_changed_provider_is(kind: str, shown: bool) -> None:
    assert is_shown(step("update", urn=f"urn:pulumi:dev::p::{kind}::day")) is shown


def test_a_sum_counts_objects_by_what_became_of_them_and_one_that_stays_not_as_deleted() -> None:
    steps = [step("create"), step("create"), step("update"), step("same"), step("refresh")]
    assert tally(steps) == "2 created, 2 unchanged, 1 updated"
    assert "1 deleted" in tally([step("delete", "Namespace", retained=True), step("delete")])


def test_a_run_tells_each_change_when_it_is_done(said: io.StringIO) -> None:
    with Progress("day/dev: update", show_steps=True) as progress:
        progress(step("create"))
        assert said.getvalue() == "day/dev: update ...\n"
        progress(replace(step("create"), done=True))
    assert said.getvalue().splitlines()[1:] == ["  + create Deployment/day in dev"]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (Diagnostic("warning", "odd [thing]"), True),
        (Diagnostic("warning", "using pulumi-resource-x from $PATH at /x"), False),
        (Diagnostic("warning", "Skipping await logic for x"), False),
        (Diagnostic("warning", "waiting", status=True), False),
        (Diagnostic("info", "fine"), False),
        (Diagnostic("error", "wrong"), False),
    ],
)
def test_warnings_are_told_and_noise_and_errors_are_not(
    said: io.StringIO, message: Diagnostic, told: bool
) -> None:
    with Progress("run", show_steps=True) as progress:
        progress(message)
    assert (message.text in said.getvalue()) is told


def test_a_wait_that_lasts_says_what_it_waits_for(said: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("operations.engine.events.time.monotonic", lambda: now[0])
    with Progress("run", show_steps=True) as progress:
        for now[0] in (1.0, 9.0, 11.0, 12.0, 22.0):
            progress(Diagnostic("info", "2 of 3 pods ready\nmore", status=True))
    told = said.getvalue().splitlines()[1:]
    assert all("2 of 3 pods ready" in line and "more" not in line for line in told)
    assert [seconds in line for seconds, line in zip(("11 s", "22 s"), told, strict=True)] == [True, True]


def test_a_watched_run_tells_its_watcher_and_prints_its_warnings_alone(said: io.StringIO) -> None:
    told: list[str] = []
    token = WATCH.set(told.append)
    try:
        with Progress("day/dev: update", show_steps=True) as progress:
            progress(step("create"))
            progress(replace(step("create"), done=True))
            progress(Diagnostic("warning", "odd [thing]"))
            progress(Diagnostic("info", "1 of 2 pods ready", status=True))
    finally:
        WATCH.reset(token)
    assert told == ["update", "create Deployment/day", "1 of 2 pods ready"]
    assert said.getvalue() == "day/dev: update: ! odd [thing]\n"


# Errors

RUN = "day/dev: update"
NOISE = [
    "an unhandled error occurred: program exited with non-zero exit code: 1",
    "preview failed",
    "update failed",
    "error: preview failed",
    "step application failed: 1 error occurred: one or more resources failed",
]
GUARD = (
    "kubernetes:core/v1:Namespace resource 'dev' has a problem: the server rejected our request: "
    "ValidatingAdmissionPolicy 'owner-change.platform.internal' with binding 'b' denied request: "
    "Refused: 'dev' is owned by day-service-app.dev. Whoever takes it over has to name that owner"
)


@pytest.mark.parametrize("error", ["error: Refused: This is wrong.\n  Do that.\n", "no space left on device"])
def test_after_a_change_it_is_a_failure_and_no_refusal(error: str) -> None:
    with pytest.raises(Failure) as caught:
        raise_for(RUN, [error], changed=True)
    assert not isinstance(caught.value, EngineFailure)
    assert caught.value.exit_code == 1


def refusal_of(*errors: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        raise_for(RUN, errors)
    return caught.value


def failure_of(*errors: str) -> str:
    with pytest.raises(EngineFailure) as caught:
        raise_for(RUN, errors)
    return str(caught.value)


def test_a_programs_refusal_is_told_in_its_own_words() -> None:
    refusal = refusal_of(*NOISE, "error: Refused: This is wrong.\n  Do that.\n")
    assert (refusal.fact, refusal.remedy) == ("This is wrong.", "Do that.")


def test_a_refusal_of_many_lines_keeps_its_last_as_the_remedy() -> None:
    refusal = refusal_of("Refused: 2 wrong settings:\n    a\n    b\n  Correct the file.")
    assert (refusal.fact, refusal.remedy) == ("2 wrong settings:\n    a\n    b", "Correct the file.")


def test_a_guards_refusal_is_taken_out_of_the_api_servers_message() -> None:
    refusal = refusal_of("update failed", GUARD)
    assert refusal.fact == (
        "'dev' is owned by day-service-app.dev. Whoever takes it over has to name that owner"
    )
    assert refusal.remedy == ""


@pytest.mark.parametrize(
    ("error", "fact", "remedy"),
    [
        (
            'unknown stack "organization/service-infrastructure/dev"',
            "The infrastructure stack service-infrastructure/dev does not exist.",
            "make infra-up ENV=dev",
        ),
        (
            'unknown stack "organization/dusk-service-app/dev"',
            "The stack dusk-service-app/dev does not exist.",
            "Deploy it first",
        ),
        (
            "no resource plugin 'pulumi-resource-aws' found in the workspace at version v7.51.1 or on your $PATH",
            "The stack needs the Pulumi plugin aws 7.51.1, which is not installed.",
            "pulumi plugin install resource aws 7.51.1",
        ),
        (
            'Apply failed with 1 conflict: conflict with "dusk-service-app.dev" using v1:\n'
            "- .metadata.labels.platform.internal/owner",
            "Another stack, dusk-service-app.dev, owns an object of the same name.",
            "adopt it from its owner",
        ),
    ],
)
def test_a_known_fault_says_what_to_do(error: str, fact: str, remedy: str) -> None:
    refusal = refusal_of(*NOISE, error)
    assert refusal.fact.startswith(fact)
    assert remedy in refusal.remedy


@pytest.mark.parametrize(
    "error",
    ['conflict with "x" using v1: .spec.replicas', "connection refused", "refused: lower case", "yaml"],
)
def test_an_unknown_fault_is_a_failure_in_the_engines_words(error: str) -> None:
    assert failure_of(*NOISE, error) == f"{RUN} failed.\n  {error}"


@pytest.mark.parametrize("noise", [*NOISE, "", "warning: using pulumi-language-python from $PATH at /x"])
def test_noise_is_never_told(noise: str) -> None:
    assert failure_of(noise, "real") == f"{RUN} failed.\n  real"
    assert failure_of(noise).startswith(f"{RUN} failed.\n  The engine gave no reason.")
