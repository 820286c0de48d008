"""Keys: a recipe's inputs as one short hash, so that what was built is used for as long as it is right."""

import hashlib
import json
import platform
from pathlib import Path

from operations.toolchain.tools import Recipe

MODULES = Path(__file__).resolve().parent / "modules"
"""The pinned Go modules, one folder each."""

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def system() -> tuple[str, str]:
    """This machine as Go names it: GOOS and GOARCH."""
    machine = platform.machine().lower()
    return platform.system().lower(), _ARCHITECTURES.get(machine, machine)


def sources(folder: str) -> list[Path]:
    """The files of a module's folder that its build reads: go.mod, go.sum and Go source, by name.

    Args:
        folder: a folder of `modules/`.
    """
    found = (path for path in (MODULES / folder).iterdir() if path.suffix in {".mod", ".sum", ".go"})
    return sorted(found)


def key(recipe: Recipe, go: str) -> str:
    """A recipe's key: equal for equal inputs, on the same kind of machine.

    Args:
        recipe: what is built.
        go: Go's major and minor version, as `1.26`; empty for tools that Go did not build here.
    """
    digest = hashlib.sha256()
    inputs = (
        recipe.version,
        recipe.packages,
        recipe.ldflags,
        [vars(copied) for copied in recipe.staged + recipe.data],
        [vars(tool) for tool in recipe.tools],
        system(),
        go,
    )
    digest.update(json.dumps(inputs, sort_keys=True).encode())
    for folder in recipe.folders:
        for path in sources(folder):
            content = path.read_bytes()
            digest.update(f"{folder}/{path.name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:16]
