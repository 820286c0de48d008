"""The record: which tools this checkout uses and where they stand, as the last set-up left it.

`.local/toolchain.json` is the record. `.local/bin` has one link for each program, so that one folder in front
of PATH is enough and shadows nothing else (a Python beside a system's kubectl, say).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from operations import paths
from operations.toolchain import cache
from operations.toolchain.keys import key
from operations.toolchain.tools import SETUP, Recipe
from shared.refusal import Refusal

_FORMAT = 1


@dataclass(frozen=True)
class Located:
    """Where one tool stands.

    Args:
        path: the program or the folder, absolute.
        source: found on PATH (or in Pulumi's plugin cache), or built.
        key: the key of its recipe.
        go: the version of Go that built it, as `1.26`; empty if it was found.
        size: a found program's size in bytes and
        changed: its time of change in ns, to notice another version at the same place.
    """

    path: Path
    source: Literal["path", "built"]
    key: str
    go: str = ""
    size: int = 0
    changed: int = 0


class Toolchain:
    """The tools of this checkout.

    Args:
        tools: where each tool stands, by its name.
    """

    def __init__(self, tools: Mapping[str, Located]) -> None:
        self.tools = dict(tools)

    def path(self, name: str) -> Path:
        """A tool's absolute path.

        Args:
            name: the program's file name, as `pulumi` or `kube-apiserver`.

        Raises:
            KeyError: the table of tools has none of this name.
        """
        return self.tools[name].path

    @property
    def bin_folders(self) -> tuple[Path, ...]:
        """The folders to put in front of PATH, so that Pulumi finds its language host and its provider."""
        return (_links(),)

    @property
    def kwok_kustomize(self) -> Path:
        """The folder of kwok's own stages, metrics and custom resource definitions."""
        return self.tools["kwok-kustomize"].path


def found(path: Path, key: str) -> Located:
    """A program of the user's own, as it is now.

    Args:
        path: the program.
        key: the key of its recipe.

    Raises:
        OSError: there is no such file.
    """
    status = path.stat()
    return Located(path, "path", key, size=status.st_size, changed=status.st_mtime_ns)


def locate() -> Toolchain:
    """The tool chain that the last set-up of this checkout recorded. Takes a few milliseconds.

    Raises:
        Refusal: there was no set-up, a tool is gone, or its pinned version or source has changed since.
    """
    content = cache.read(_file())
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise _not_set_up("this checkout has no record of it in .local/toolchain.json")
    tools: dict[str, Located] = {}
    for recipe in SETUP:
        for tool in recipe.tools:
            try:
                tools[tool.name] = _read(content["tools"][tool.name])
            except (KeyError, TypeError, ValueError):
                raise _not_set_up(f"the record has no {tool.name}") from None
        _check(recipe, tools)
    return Toolchain(tools)


def write(tools: Mapping[str, Located]) -> Toolchain:
    """Record where the tools stand and link each program into `.local/bin`.

    Args:
        tools: where each tool of the set-up stands, by its name.

    Raises:
        OSError: the checkout cannot be written.
    """
    links = paths.local_folder("bin")
    for old in links.iterdir():
        if old.is_symlink():
            old.unlink()
    for name, located in tools.items():
        if not located.path.is_dir():
            (links / name).symlink_to(located.path)
    content = {name: asdict(located) | {"path": str(located.path)} for name, located in tools.items()}
    cache.write_whole(_file(), {"format": _FORMAT, "tools": content})
    return Toolchain(tools)


def _check(recipe: Recipe, tools: Mapping[str, Located]) -> None:
    for tool in recipe.tools:
        located = tools[tool.name]
        if located.key != key(recipe, located.go):
            raise _not_set_up(f"{recipe.title} is pinned at another version or source since")
        link = _links() / tool.name
        try:
            same = located.source == "built" or found(located.path, located.key) == located
            here = located.path.is_dir() or (same and located.path.samefile(link))
        except OSError:
            here = False
        if not here:
            raise _not_set_up(f"{tool.name} is gone or changed at {located.path}")


def _read(entry: Mapping[str, str]) -> Located:
    source: Literal["path", "built"] = "path" if entry["source"] == "path" else "built"
    return Located(
        Path(entry["path"]), source, entry["key"], entry["go"], int(entry["size"]), int(entry["changed"])
    )


def _not_set_up(why: str) -> Refusal:
    return Refusal(f"The tool chain is not set up: {why}.", "Run `make setup`.")


def _file() -> Path:
    return paths.LOCAL / "toolchain.json"


def _links() -> Path:
    return paths.LOCAL / "bin"
