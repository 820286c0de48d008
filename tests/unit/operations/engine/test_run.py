"""A run ends in order when it is stopped, and what it wrote for itself goes with it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from operations.engine.events import Event
from operations.engine.run import EngineProcess, Stop, scratch
from tests.cluster import until

_ENGINE = """#!/bin/sh
stop() { echo asked >> asked; [ "$(wc -l < asked)" -lt "$1" ] || { echo ended > ended; exit 0; }; }
trap 'stop NEEDED' INT
echo $$ > pid
while :; do sleep 0.05; echo '{"diagnosticEvent": {"severity": "info"}}'; done
"""

Start = Callable[..., EngineProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a small engine that ends in order once it was interrupted so many times."""

    def begin(needed: int = 1) -> EngineProcess:
        script = tmp_path / "engine"
        script.write_text(_ENGINE.replace("NEEDED", str(needed)))
        script.chmod(0o755)
        process = EngineProcess([script], folder=tmp_path, environment={"PATH": "/usr/bin:/bin"})
        until((tmp_path / "pid").exists, "the engine under way")
        return process

    yield begin
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        psutil.Process(int((tmp_path / "pid").read_text())).kill()


def test_a_run_that_starts_as_it_is_asked_for_is_reached_too(start: Start, tmp_path: Path) -> None:
    process, stop = start(), Stop()
    stop.check()
    stop.ask()
    with stop.reaching(process):
        process.follow(lambda _: None)
    assert (tmp_path / "ended").exists()


def test_a_person_who_does_not_want_to_wait_ends_it_at_once(start: Start, tmp_path: Path) -> None:
    process = start(needed=1000)

    def interrupt_myself() -> None:
        until((tmp_path / "asked").exists, "the engine asked")
        os.kill(os.getpid(), signal.SIGINT)

    impatience = threading.Thread(target=interrupt_myself)
    impatience.start()
    with pytest.raises(KeyboardInterrupt):
        process.end()
    impatience.join()
    assert not process.is_running
    assert not (tmp_path / "ended").exists()


# What a run says

METADATA = {
    "op": "update",
    "urn": "urn:pulumi:dev::p::kubernetes:apps/v1:Deployment::day",
    "type": "kubernetes:apps/v1:Deployment",
}


@pytest.mark.parametrize("code", [0, 255])
def test_a_run_is_followed_to_its_end_with_its_steps_errors_and_what_it_says_besides(
    tmp_path: Path, code: int
) -> None:
    events = [
        {"resourcePreEvent": {"metadata": {**METADATA, "diffs": ["spec"]}}},
        {"diagnosticEvent": {"severity": "error", "message": "still waiting", "ephemeral": True}},
        {"diagnosticEvent": {"severity": "warning", "message": "odd"}},
        {"diagnosticEvent": {"severity": "error", "message": "wrong"}},
        {"resOutputsEvent": {"metadata": {**METADATA, "diffs": ["spec", "metadata"]}}},
        {"errorEvent": {"error": "broken"}},
        {"summaryEvent": {}},
    ]
    lines = [*map(json.dumps, events), "null", "5", "[]", "{", "not an event"]
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    (tmp_path / "stderr").write_text("warning: of no interest\nerror: no stack named 'dev'\n" + "x" * 300_000)
    script = tmp_path / "engine"
    script.write_text(f"#!/bin/sh\ncat stderr >&2\ncat lines\nexit {code}\n")
    script.chmod(0o755)
    told: list[Event] = []
    process = EngineProcess([script], folder=tmp_path, environment={"PATH": "/usr/bin:/bin"})
    ended, steps, errors = process.follow(told.append)
    assert [getattr(event, "done", None) for event in told] == [False, None, None, None, True, None]
    # What the engine did counts more than what it meant to do.
    assert [(step.title, step.changed) for step in steps] == [("Deployment/day", ("spec", "metadata"))]
    assert ended == code
    assert errors[:2] == ["wrong", "broken"]
    rest = errors[2] if code else ""
    assert ("no stack named 'dev'" in rest, "not an event" in rest) == (bool(code), bool(code))
    assert "of no interest" not in rest


# Its own folder


@pytest.fixture
def abandoned(checkout: Path) -> Path:
    """A folder of a run that was killed, with a kubeconfig in it."""
    folder = checkout / ".local" / "scratch" / "tmpkilled"
    folder.mkdir(parents=True)
    (folder / "kubeconfig1").write_text("a credential")
    return folder


def test_a_runs_folder_goes_with_it_and_with_the_next_run_where_it_was_killed(abandoned: Path) -> None:
    with scratch() as (first, _), scratch() as (second, _):
        (first / "kubeconfig1").write_text("a credential")
        assert first.stat().st_mode & 0o777 == 0o700
        assert sorted(abandoned.parent.iterdir()) == sorted([first, second])
    assert list(abandoned.parent.iterdir()) == []


def test_a_folder_stays_as_long_as_an_engine_runs_whose_operator_was_killed(abandoned: Path) -> None:
    operator = (
        "import fcntl, os, subprocess, sys; held = os.open(sys.argv[1], os.O_RDONLY); "
        "fcntl.flock(held, fcntl.LOCK_EX); "
        "print(subprocess.Popen(['sleep', '600'], stdout=subprocess.DEVNULL, pass_fds=[held]).pid)"
    )
    engine = int(subprocess.check_output([sys.executable, "-c", operator, abandoned]))
    with scratch():
        assert abandoned.exists()
    os.kill(engine, signal.SIGKILL)

    def removed() -> bool:
        with scratch():
            return not abandoned.exists()

    until(removed, "the folder removed")
