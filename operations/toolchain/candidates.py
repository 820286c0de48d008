"""Candidates: tools of the pinned versions that the user already has, on PATH or as Pulumi plugins."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from operations import paths
from operations.toolchain import cache
from operations.toolchain.tools import Recipe, Tool

_PROBE_SECONDS = 10
_VERSION = re.compile(r"\bv?(\d+)\.(\d+)\.(\d+)((?:-[0-9A-Za-z.-]+)?)")


def candidates(recipe: Recipe, chosen: Mapping[str, Path]) -> dict[str, Path] | None:
    """The user's own programs for all of a recipe's tools; None if one is missing or of another version.

    Never fails: a program that cannot be run, hangs or prints no version is no candidate.

    Args:
        recipe: what is looked for.
        chosen: the candidates taken so far, by name, for tools that must stand beside another.
    """
    found: dict[str, Path] = {}
    for tool in recipe.tools:
        path = _candidate(tool, recipe.version, chosen)
        if path is None:
            return None
        found[tool.name] = path
    return found


def answers(tool: Tool, path: Path, version: str = "") -> bool:
    """Whether a program runs and says its version, or has no way to say it and is there.

    Args:
        tool: the tool that it is to be.
        path: the program.
        version: the version that it must say; any where empty.
    """
    if not tool.version_arguments:
        return os.access(path, os.R_OK)
    said = _version([str(path), *tool.version_arguments])
    return said is not None and (not version or _fits(said, version, tool.minor_skew))


def _candidate(tool: Tool, version: str, chosen: Mapping[str, Path]) -> Path | None:
    if tool.beside:
        return _beside(tool, chosen.get(tool.beside))
    if tool.plugin:
        return _plugin(tool)
    if not tool.version_arguments:
        return None
    path = _on_path(tool.name)
    return path if path is not None and answers(tool, path, version) else None


def _on_path(name: str) -> Path | None:
    """The first program of a name on PATH that is the user's own, not one that a set-up built or linked."""
    own = (cache.folder().resolve(), paths.LOCAL.resolve())
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = Path(folder).absolute() / name
        if folder and path.is_file() and os.access(path, os.X_OK):
            places = (path.resolve(), path.parent.resolve())
            if not any(place.is_relative_to(mine) for place in places for mine in own):
                return path
    return None


def _beside(tool: Tool, other: Path | None) -> Path | None:
    if other is None:
        return None
    for folder in dict.fromkeys((other.parent, other.resolve().parent)):
        if os.access(folder / tool.name, os.X_OK):
            return folder / tool.name
    return None


def _plugin(tool: Tool) -> Path | None:
    """A plugin as the engine installs it: its folder's name has the version, `.partial` marks a torn one."""
    home = os.environ.get("PULUMI_HOME") or f"{os.environ.get('HOME', '')}/.pulumi"
    folder = Path(home) / "plugins" / tool.plugin
    path = folder / tool.name
    if folder.with_name(f"{folder.name}.partial").exists() or not os.access(path, os.X_OK):
        return None
    return path.absolute()


def _version(command: list[str]) -> tuple[int, int, int, str] | None:
    environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _parsed(done.stdout + done.stderr)


def _parsed(text: str) -> tuple[int, int, int, str] | None:
    match = _VERSION.search(text)
    return (int(match[1]), int(match[2]), int(match[3]), match[4]) if match else None


def _fits(version: tuple[int, int, int, str] | None, pinned: str, minor_skew: bool) -> bool:
    wanted = _parsed(pinned)
    if version is None or wanted is None:
        return False
    if minor_skew:
        return version[0] == wanted[0] and abs(version[1] - wanted[1]) <= 1
    return version == wanted
