"""Evaluators in Go: each a pinned module of its own, built by the tool chain when a test first asks for it."""

import os
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from operations import console
from operations.toolchain import go, keys
from operations.toolchain.acquire import acquire
from operations.toolchain.faults import disk_full_elsewhere
from operations.toolchain.progress import Progress
from operations.toolchain.tools import Recipe, Tool
from shared.refusal import Refusal

_SECONDS = 120


@dataclass(frozen=True)
class GoProgram:
    """A program that is built from a folder beside this file.

    Args:
        name: its name in the cache of built tools.
        folder: the folder with its go.mod.
        module: the Go module that gives it its version.
        package: the Go package to compile.
        seconds: a cold build's time on 2 cores.
        disk: MiB that a cold build takes in Go's caches.
        size: MiB of the program.
    """

    name: str
    folder: str
    module: str
    package: str
    seconds: float
    disk: int
    size: int

    def recipe(self) -> Recipe:
        """What the tool chain builds."""
        place = Path(__file__).parent / self.folder
        pinned = re.search(rf"{re.escape(self.module)} v(\S+)", (place / "go.mod").read_text())
        if pinned is None:
            raise ValueError(f"{place / 'go.mod'} does not pin {self.module}")
        return Recipe(
            name=self.name,
            title=self.name,
            version=pinned[1],
            # Relative, so that the key is the same in every checkout.
            folder=os.path.relpath(place, keys.MODULES),
            tools=(Tool(self.name),),
            packages=(self.package,),
            seconds=self.seconds,
            disk=self.disk,
            size=self.size,
        )

    def run(self, *arguments: str, asked: str) -> "subprocess.CompletedProcess[str]":
        """Run it, built where it is not.

        Args:
            arguments: its arguments.
            asked: what it reads.

        Raises:
            Refusal: it must be built and cannot be.
        """
        return subprocess.run(
            [_built(self), *arguments],
            input=asked,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env={},
        )

    def demand(self) -> None:
        """Build it where it is not, and skip the test where there is no Go to do so.

        Raises:
            Refusal: there is Go, and the build fails.
        """
        try:
            _built(self)
        except Refusal:
            if go.find() is None:
                pytest.skip(f"{self.name} has to be built, and there is no working Go on PATH.")
            raise


@cache
def _built(program: GoProgram) -> Path:
    """Where the program stands in the user's cache; one process at a time builds."""
    progress = Progress(console.err)
    with disk_full_elsewhere(), progress.shown():
        return acquire((program.recipe(),), progress)[program.name].path
