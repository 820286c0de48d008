"""What a person sees of a run: a line a change, warnings, and a sum."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from operations.engine import events as report
from operations.engine.events import WATCH, Diagnostic, Progress, Step, describe, is_shown, tally

URN = "urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::day"


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
