"""Evaluators in Go: built by the tool chain when a test first asks for one.

`judges/` has kube-score and our own program around cyclonus, pinned to the versions of all that they share with the
tool chain's Kubernetes provider, so that Go finds nearly every package compiled.
"""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from operations.toolchain.setup import provide
from operations.toolchain.tools import Build

_HERE = Path(__file__).resolve().parent
_BUILDS = {
    "network-policies": Build(
        "cyclonus",
        str(_HERE / "judges"),
        {"network-policies": "."},
        pins="github.com/mattfenwick/cyclonus",
    ),
    "kube-score": Build(
        "kube-score",
        str(_HERE / "judges"),
        {"kube-score": "github.com/zegl/kube-score/cmd/kube-score"},
        pins="github.com/zegl/kube-score",
    ),
    "actionlint": Build(
        "actionlint",
        str(_HERE / "actionlint"),
        {"actionlint": "github.com/rhysd/actionlint/cmd/actionlint"},
        pins="github.com/rhysd/actionlint",
    ),
}
_SECONDS = 120


@cache
def program(name: str) -> Path:
    """Where an evaluator is, built where it is not; the test is skipped where there is no Go to do so."""
    build = _BUILDS[name]
    if not build.entry.is_dir() and shutil.which("go") is None:
        pytest.skip(f"{name} has to be built, and there is no Go on PATH.")
    return provide([build])[name]


def run(name: str, *arguments: str, asked: str) -> "subprocess.CompletedProcess[str]":
    """Run an evaluator on what it reads."""
    return subprocess.run(
        [program(name), *arguments],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        env={},
    )
