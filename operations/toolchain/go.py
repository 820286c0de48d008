"""Go: the compiler on PATH, whether it is new enough, and the environment that it runs in."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from operations.toolchain import keys
from operations.toolchain.tools import Recipe
from shared.refusal import Refusal

_DIRECTIVE = re.compile(r"^go (\d+)\.(\d+)(?:\.(\d+))?", re.MULTILINE)
_RELEASE = re.compile(r"go(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class Go:
    """The Go on PATH.

    Args:
        executable: the `go` command.
        version: its version.
        build_cache: the folder in which it keeps what it compiled.
        module_cache: the folder in which it keeps what it downloaded.
    """

    executable: Path
    version: tuple[int, int, int]
    build_cache: Path
    module_cache: Path

    @property
    def series(self) -> str:
        """The major and minor version, as `1.26`: what a key contains."""
        return f"{self.version[0]}.{self.version[1]}"


def environment(temporary: Path | None = None) -> dict[str, str]:
    """What `go` runs in: this process's environment, but nothing in it changes what is built.

    GOTOOLCHAIN=local because an old Go would otherwise download a new one. GOPROXY and the like stay.

    Args:
        temporary: the folder for the compiler's temporary files; none for Go's own choice.
    """
    goos, goarch = keys.system()
    fixed = {
        "GOFLAGS": "-buildvcs=false -mod=readonly",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOOS": goos,
        "GOARCH": goarch,
    }
    if temporary is not None:
        fixed["GOTMPDIR"] = str(temporary)
    return os.environ | fixed


def find() -> Go | None:
    """The Go on PATH; None if there is none or it does not work."""
    executable = shutil.which("go")
    if executable is None:
        return None
    names = ("GOVERSION", "GOCACHE", "GOMODCACHE")
    try:
        done = subprocess.run(
            [executable, "env", "-json", *names],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            stdin=subprocess.DEVNULL,
            env=environment(),
        )
        values = json.loads(done.stdout)
        match = _RELEASE.search(values["GOVERSION"])
        folders = [Path(values[name]) for name in names[1:]]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None
    if match is None:
        return None
    version = (int(match[1]), int(match[2]), int(match[3] or 0))
    return Go(Path(executable), version, *folders)


def required(recipes: Iterable[Recipe]) -> tuple[int, int, int]:
    """The oldest version of Go that can build all of some recipes, from their go.mod files.

    Args:
        recipes: what is to be built; at least one.
    """
    versions = [(0, 0, 0)]
    for recipe in recipes:
        for folder in recipe.folders:
            match = _DIRECTIVE.search((keys.MODULES / folder / "go.mod").read_text())
            if match:
                versions.append((int(match[1]), int(match[2]), int(match[3] or 0)))
    return max(versions)


def check(go: Go | None, recipes: list[Recipe]) -> Go:
    """The Go on PATH, if it can build these recipes.

    Args:
        go: what `find` found.
        recipes: what is to be built.

    Raises:
        Refusal: there is no Go, or it is too old.
    """
    wanted = required(recipes)
    missing = ", ".join(recipe.label for recipe in recipes)
    remedy = (
        f"Install Go {_text(wanted)} or later, or put these tools at these versions on PATH; "
        "then run `make setup` again."
    )
    if go is None:
        raise Refusal(f"There is no working Go on PATH to build what is not there: {missing}.", remedy)
    if go.version < wanted:
        fact = f"The Go on PATH, {go.executable}, is {_text(go.version)}: too old to build {missing}."
        raise Refusal(fact, remedy)
    return go


def _text(version: tuple[int, int, int]) -> str:
    return ".".join(str(part) for part in version)
