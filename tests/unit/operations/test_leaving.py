"""The end of a verb: its exit code and all that it printed, although the process does not take itself apart."""

import os
import subprocess
import sys

import pytest

from operations.paths import ROOT


def run(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-m", "operations", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["no-such-verb"], 2, "No such command"),
        (["app-up", "--service", "moon"], 2, "There is no service 'moon'"),
        (["apps-up", "--only", "moon"], 2, "ONLY names moon"),
        (["apps-preview", "--parallel", "0"], 2, "PARALLEL=0"),
        (["apps-down", "--env", "nowhere"], 2, "'nowhere'"),
    ],
)
def test_a_refusal_is_told_and_is_exit_code_2(arguments: list[str], code: int, told: str) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert told in done.stderr


def test_what_was_printed_arrives_whole_where_it_is_piped() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in ("apps-up", "apps-preview", "apps-down", "unlock"))


def test_a_reader_that_went_away_is_a_failure_without_a_stack_trace() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = run("--help", stdout=writing)
    os.close(writing)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
