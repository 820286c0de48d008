"""The shell steps of the GitHub workflows, taken from their files and run as a runner runs them."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.checkout import ROOT

_EXPRESSION = re.compile(r"\$\{\{ ([\w.]+) \}\}")


class Step:
    """A step of a workflow's job or of an action of our own.

    Args:
        file: the file, below `.github`.
        name: the step's name or id.
        job: the job, where several have such a step.
    """

    def __init__(self, file: str, name: str, job: str = "") -> None:
        document = yaml.safe_load((ROOT / ".github" / file).read_text())
        jobs = document.get("jobs") or {"": document["runs"]}
        (found,) = (
            (its_job, step)
            for key, its_job in jobs.items()
            for step in its_job["steps"]
            if name in (step.get("name"), step.get("id")) and job in ("", key)
        )
        self.script: str = found[1]["run"]
        self._env: dict[str, Any] = {**found[0].get("env", {}), **found[1].get("env", {})}
        # https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
        strict = ["--noprofile", "--norc", "-eo", "pipefail"]
        self.shell = ["bash", *(strict if found[1].get("shell") == "bash" else ["-e"]), "-c", self.script]

    def variables(self, context: Mapping[str, str]) -> dict[str, str]:
        """Its environment, with what GitHub puts for `${{ matrix.stack.service }}`; nothing where there is nothing."""
        return {
            name: _EXPRESSION.sub(lambda found: context.get(found[1], ""), str(value))
            for name, value in self._env.items()
        }

    def start(self, folder: Path, context: Mapping[str, str], **variables: str) -> "subprocess.Popen[str]":
        """Start it in a folder, without a terminal, with the variables that GitHub sets."""
        inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ
        }
        runner = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "RUNNER_OS": "Linux",
            "GITHUB_WORKSPACE": str(folder),
        }
        return subprocess.Popen(
            self.shell,
            cwd=folder,
            env={**inherited, **runner, **self.variables(context), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, folder: Path, context: Mapping[str, str], **variables: str) -> str:
        """Run it, see it succeed, and return what it printed."""
        process = self.start(folder, context, **variables)
        text, _ = process.communicate()
        assert process.returncode == 0, f"{self.script}\n{text}"
        return text
