"""The schedule: two builds at a time within 6 GiB, and no part of a build left when they are stopped.

A link that takes most of the memory waits until all else is built, since a wait in between would idle a core.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from operations.interrupts import stopped_by_signals, undisturbed
from operations.toolchain import build, cache, faults, go, processes
from operations.toolchain.progress import Progress, ago
from operations.toolchain.tools import Recipe

_AT_A_TIME = 2
_POLL_SECONDS = 0.05
_NOTE = ".process"


@dataclass
class _Running:
    """A build at work: its commands one after the other."""

    recipe: Recipe
    partial: Path
    log: IO[bytes]
    commands: Iterator[build.Command]
    started: float = field(default_factory=time.monotonic)
    process: subprocess.Popen[bytes] | None = None
    command: build.Command | None = None
    held: build.Command | None = None


def build_all(recipes: list[Recipe], compiler: go.Go, progress: Progress) -> None:
    """Build recipes into the cache. Called by the one set-up that holds the lock.

    Args:
        recipes: what is built, the longest first.
        compiler: the Go that builds.
        progress: shows each build.

    Raises:
        Refusal: a build failed; the other one is stopped, Go's own cache keeps what it compiled.
    """
    waiting, running = list(recipes), list[_Running]()
    with stopped_by_signals():
        try:
            while waiting or running:
                while waiting and sum(1 for one in running if not one.held) < _AT_A_TIME:
                    running.append(_begin(waiting.pop(0), compiler, progress))
                for one in list(running):
                    free = not waiting and running[0] is one and all(other.held for other in running[1:])
                    if _advance(one, compiler, free):
                        seconds = time.monotonic() - one.started
                        running.remove(one)
                        cache.remember_duration(one.recipe, seconds)
                        progress.end(one.recipe.label, f"built in {ago(seconds)}")
                progress.tick()
                time.sleep(_POLL_SECONDS)
        finally:
            for one in running:
                _stop(one)


def remove_leftovers() -> list[str]:
    """Remove what killed set-ups left, their compilers too, and return the names of the recipes.

    Called by the one set-up that holds the lock, so nothing that it finds is at work.
    """
    names = []
    for partial in cache.folder().glob(f"*{cache.PARTIAL}"):
        processes.end_noted(partial / _NOTE)
        shutil.rmtree(partial, ignore_errors=True)
        names.append(partial.name.removesuffix(cache.PARTIAL))
    return names


def _begin(recipe: Recipe, compiler: go.Go, progress: Progress) -> _Running:
    before = cache.duration(recipe)
    expected = (
        f"about {ago(recipe.seconds)} on 2 cores" if before is None else f"took {ago(before)} here before"
    )
    progress.start(recipe.label, expected)
    partial = cache.folder() / f"{recipe.name}{cache.PARTIAL}"
    try:
        partial.mkdir()
        logs = cache.folder() / "logs"
        logs.mkdir(exist_ok=True)
        log = (logs / f"{recipe.name}.log").open("wb")
    except OSError as error:
        raise faults.unwritable(recipe, error) from error
    return _Running(recipe, partial, log, build.commands(recipe, compiler, partial))


def _advance(one: _Running, compiler: go.Go, free: bool) -> bool:
    """Go on to the next command if the last one has ended; True when the build is in the cache.

    Args:
        one: the build.
        compiler: the Go that builds.
        free: nothing else runs or waits to begin, so a command that must be alone may start.
    """
    if one.process is not None:
        if one.process.poll() is None:
            return False
        if one.process.returncode != 0:
            if one.command is not None and one.command.output is not None:
                # `go mod download -json` says there, not on stderr, what went wrong.
                one.log.write(one.command.output.read_bytes())
                one.log.flush()
            raise faults.build_failed(one.recipe, Path(one.log.name))
    try:
        command = one.held or next(one.commands, None)
        one.held = command if command is not None and command.alone and not free else None
        if one.held:
            return False
        if command is not None:
            one.command = command
            environment = go.environment(build.temporary(one.partial))
            with undisturbed():
                one.process = processes.start(command, one.log, environment, one.partial / _NOTE)
            return False
        (one.partial / _NOTE).unlink(missing_ok=True)
        cache.seal(one.partial, one.recipe, compiler.series)
        one.log.close()
    except OSError as error:
        raise faults.unwritable(one.recipe, error) from error
    return True


def _stop(one: _Running) -> None:
    if one.process is not None:
        processes.end(one.process)
    one.log.close()
    shutil.rmtree(one.partial, ignore_errors=True)
