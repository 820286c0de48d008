"""One build: the commands that turn a recipe into a folder with its tools, each run by the schedule."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from operations.toolchain import keys
from operations.toolchain.go import Go
from operations.toolchain.tools import Copied, Recipe

_COMPILERS = min(max((os.cpu_count() or 1) // 2, 1), 2)
"""Compilers at a time in one build, of which two run. The largest package takes 1.7 GiB."""
_LINKERS = 1
"""Linkers at a time in one build. Most links take 2 GiB, that of the provider 4.4 GiB."""


@dataclass(frozen=True)
class Command:
    """A command of a build.

    Args:
        arguments: the program and its arguments.
        folder: where it runs.
        output: the file that takes its output; none for the build's log.
        alone: it needs so much memory that no other command may run.
    """

    arguments: tuple[str, ...]
    folder: Path
    output: Path | None = None
    alone: bool = False


def commands(recipe: Recipe, go: Go, partial: Path) -> Iterator[Command]:
    """A recipe's commands, in order; the next one is asked for when the last one has succeeded.

    At the end the folder holds the recipe's tools and nothing else.

    Args:
        recipe: what is built.
        go: the Go that builds it.
        partial: the empty folder to build in.

    Raises:
        OSError: a file cannot be read or written.
    """
    source, work = keys.MODULES / recipe.folder, partial / "work"
    work.mkdir()
    if recipe.staged:
        stage = work / "source"
        stage.mkdir()
        for path in keys.sources(recipe.folder):
            shutil.copyfile(path, stage / path.name)
        source = stage
    for copied in recipe.staged + recipe.data:
        listed = work / "module.json"
        arguments = (str(go.executable), "mod", "download", "-json", copied.module)
        yield Command(arguments, keys.MODULES / copied.folder, listed)
        _lay(
            copied,
            Path(json.loads(listed.read_text())["Dir"]),
            source if copied in recipe.staged else partial,
        )
    if recipe.packages:
        (partial / "bin").mkdir(exist_ok=True)
        # This compiles all packages into Go's cache, so that what follows only links.
        yield Command(_compile(recipe, go), source, work / "packages.txt")
        yield Command(_link(recipe, go, partial), source, alone=recipe.links_alone)
    for tool in recipe.tools:
        if not os.access(partial / tool.target, os.X_OK):
            raise FileNotFoundError(f"the build left no {tool.target}")
    shutil.rmtree(work)


def temporary(partial: Path) -> Path:
    """The folder for the compiler's temporary files, so that a killed build leaves none elsewhere.

    Args:
        partial: the folder that is built in.
    """
    return partial / "work"


def _compile(recipe: Recipe, go: Go) -> tuple[str, ...]:
    options = ("-trimpath", "-p", str(_COMPILERS), "-f", "{{.Name}}")
    return (str(go.executable), "list", "-export", "-deps", *options, *recipe.packages)


def _link(recipe: Recipe, go: Go, partial: Path) -> tuple[str, ...]:
    # Go names a program after its package's folder, which is right only where there are several.
    target = f"{partial}/bin/" if len(recipe.packages) > 1 else str(partial / recipe.tools[0].target)
    return (
        str(go.executable),
        "build",
        "-trimpath",
        "-p",
        str(_LINKERS),
        "-ldflags",
        recipe.ldflags,
        "-o",
        target,
        *recipe.packages,
    )


def _lay(copied: Copied, module: Path, folder: Path) -> None:
    """Copy files out of the module cache, where all are read-only."""
    origin, target = module / copied.source, folder / copied.target
    if origin.is_dir():
        shutil.copytree(origin, target, copy_function=shutil.copyfile)
        for path in (target, *target.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(origin, target)
    target.chmod(0o755 if copied.target.startswith("bin/") else 0o644)
