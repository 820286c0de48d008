"""The command line: exit codes, what is printed arrives, and make hands values on as they were written."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from unittest.mock import patch

import pytest

from operations import cli
from operations.checkout import ROOT


def run(
    *command: str, stdout: int = subprocess.PIPE, variables: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "MAKE"))}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, **variables},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


def platformctl(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "operations.cli", *arguments, stdout=stdout)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no-such-noun"], "No such command"),
        (["app", "up", "moon"], "There is no service 'moon'"),
        (["app", "up"], "No service was named"),
        (["infra", "up", "day"], "unexpected extra argument"),
        (["apps", "up", "--only", "moon"], "ONLY names moon"),
        (["apps", "preview", "--parallel", "0"], "--parallel"),
        (["infra", "down", "--env", "nowhere"], "'nowhere'"),
    ],
)
def test_a_refusal_is_told_and_is_exit_code_2(arguments: list[str], told: str) -> None:
    done = platformctl(*arguments)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "verb",
    [
        *(f"infra {verb}" for verb in ("up", "preview", "down", "outputs", "refresh", "forget")),
        *(f"app {verb} day" for verb in ("up", "preview", "down", "outputs", "refresh", "forget")),
        *("apps up", "apps preview", "apps down", "namespace move day", "namespace status", "up", "unlock"),
        *("overview", "map", "settings", "settings day"),
    ],
)
def test_an_unknown_environment_is_refused_by_every_verb(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with patch.object(sys, "argv", ["platformctl", *verb.split(), "--env", "nowhere"]):
        assert cli.run() == 2
    told = capsys.readouterr().err
    assert told.startswith("There is no environment 'nowhere'")
    assert "Name one of dev, production" in told


def test_what_was_printed_arrives_whole_where_it_is_piped() -> None:
    done = platformctl("--help")
    assert done.returncode == 0
    assert all(noun in done.stdout for noun in ("infra", "app", "apps", "namespace", "cluster", "unlock"))


def test_a_reader_that_went_away_is_a_failure_without_a_stack_trace() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = platformctl("--help", stdout=writing)
    os.close(writing)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def made(*arguments: str, **environment: str) -> str:
    """The command that make runs, each of its words in angle brackets."""
    done = run("make", "--no-print-directory", "RUN=printf '<%s>'", *arguments, variables=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "value",
    ["a'b", 'a"b', "a b", "$HOME", "$(shell touch {})", "`touch {}`", "$$(touch {})", "'; touch {}; '", ""],
)
def test_make_hands_a_value_on_as_it_was_written_and_runs_nothing_in_it(value: str, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    value = value.format(touched)
    assert made("app-up", f"SERVICE={value}", f"ALLOW={value}") == f"<app><up><--allow={value}><--><{value}>"
    assert not touched.exists()


def test_a_second_line_in_a_value_is_not_a_command(tmp_path: Path) -> None:
    assert made("app-up", f"SERVICE=x'\ntouch {tmp_path}/touched #") == (
        f"<app><up><--><x' touch {tmp_path}/touched #>"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_variable_of_the_shell_does_not_count_but_asks_for_a_dry_run() -> None:
    names = ("ENV", "SERVICE", "NAME", "ALLOW", "DELETE_NAMESPACE", "FORMAT", "TO", "ONLY")
    shell = {**dict.fromkeys(names, "$(shell false)"), "DRY_RUN": "1"}
    assert made("app-down", **shell) == "<app><down>"
    assert made("cluster-delete", **shell) == "<cluster><delete>"
    assert made("namespace-move", "TO=application", **shell) == (
        "<namespace><move><--to=application><--dry-run>"
    )
