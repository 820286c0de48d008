"""The per-user cache of built tools: one folder for each recipe and key, complete or not there."""

import errno
import json
import os
import shutil
from pathlib import Path

from operations.toolchain.keys import key
from operations.toolchain.tools import Recipe
from shared.refusal import Refusal

PARTIAL = ".partial"
"""The ending of a folder in which a build is at work."""

_ENTRY = "entry.json"
_DURATIONS = "durations.json"


def folder() -> Path:
    """Make the cache's folder and return it: below XDG_CACHE_HOME, or else below HOME.

    Raises:
        Refusal: neither is set, or the folder cannot be written.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    home = os.environ.get("HOME", "")
    # The XDG rule: a relative path is to be ignored (https://specifications.freedesktop.org/basedir/).
    if not Path(base).is_absolute():
        if not Path(home).is_absolute():
            raise Refusal(
                "There is no folder for built tools: neither HOME nor XDG_CACHE_HOME is set.",
                "Set HOME, or XDG_CACHE_HOME to a folder that you can write.",
            )
        base = f"{home}/.cache"
    path = Path(base) / "service-platform" / "tools"
    try:
        path.mkdir(parents=True, exist_ok=True)
        writable = os.access(path, os.W_OK | os.X_OK)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise
        writable = False
    if not writable:
        raise Refusal(
            f"The folder for built tools, {path}, cannot be written.",
            "Make it yours, or set XDG_CACHE_HOME to a folder that you can write.",
        )
    return path


def write_whole(path: Path, content: object) -> None:
    """Write a JSON file so that a reader meets the old content or the new one, never a part.

    Args:
        path: the file.
        content: what json can write.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(content, indent=1) + "\n")
    beside.replace(path)


def read(path: Path) -> object:
    """Read a JSON file; None if it is absent, unreadable or broken.

    Args:
        path: the file.
    """
    try:
        content: object = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content


def seal(partial: Path, recipe: Recipe, go: str) -> Path:
    """Turn a finished build's folder into the cache's entry, at once.

    Args:
        partial: the folder that holds the recipe's tools and nothing else.
        recipe: what was built.
        go: the version of Go that built it, as `1.26`.

    Raises:
        OSError: the entry cannot be written.
    """
    sizes = {tool.target: _size(partial / tool.target) for tool in recipe.tools}
    write_whole(partial / _ENTRY, {"go": go, "sizes": sizes})
    entry = folder() / f"{recipe.name}-{key(recipe, go)}"
    shutil.rmtree(entry, ignore_errors=True)
    partial.rename(entry)
    return entry


def find(recipe: Recipe, go: str | None) -> tuple[Path, str] | None:
    """A complete entry for a recipe's present inputs, and the version of Go that built it.

    Args:
        recipe: what is looked for.
        go: the version of Go that must have built it, as `1.26`; None for any.
    """
    for entry in sorted(folder().glob(f"{recipe.name}-*")):
        content = read(entry / _ENTRY)
        if entry.name.endswith(PARTIAL) or not isinstance(content, dict):
            continue
        built = content.get("go", "")
        if go in {None, built} and entry.name == f"{recipe.name}-{key(recipe, built)}":
            sizes = content.get("sizes", {})
            # A crash of the machine can leave a renamed folder with shorter files.
            if all(sizes.get(tool.target) == _size(entry / tool.target) for tool in recipe.tools):
                return entry, built
    return None


def duration(recipe: Recipe) -> float | None:
    """How long the recipe's last build took here, in seconds; None if there was none.

    Args:
        recipe: what was built.
    """
    durations = read(folder() / _DURATIONS)
    value = durations.get(recipe.name) if isinstance(durations, dict) else None
    return float(value) if isinstance(value, int | float) else None


def remember_duration(recipe: Recipe, seconds: float) -> None:
    """Keep how long a build took here. Called by the one set-up that holds the lock.

    Args:
        recipe: what was built.
        seconds: how long it took.
    """
    path = folder() / _DURATIONS
    durations = read(path)
    known = durations if isinstance(durations, dict) else {}
    write_whole(path, known | {recipe.name: round(seconds, 1)})


def _size(path: Path) -> int:
    """A file's size in bytes, a folder's number of entries, or -1 where there is nothing to run."""
    if path.is_dir():
        return sum(1 for _ in path.rglob("*"))
    return path.stat().st_size if os.access(path, os.X_OK) else -1
