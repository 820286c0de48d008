"""The backend: where states are kept, and reading them without a run of the engine where it is a folder.

A run of the engine takes 0.3 s a stack, which is more than all the rest of a verb that reads many states.
"""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from shared.stacks import Stack


def backend_folder(url: str) -> Path | None:
    """The engine's own folder, `.pulumi`, in a backend; it need not exist.

    None where the backend is not a folder, or one by a relative path, which only the engine can resolve.
    """
    parts = urlsplit(url)
    path = Path(unquote(parts.netloc + parts.path)).expanduser()
    return path / ".pulumi" if parts.scheme == "file" and path.is_absolute() else None


def state_files(folder: Path, pattern: str = "*/*") -> dict[Stack, Path]:
    """Each stack's state, by `project/stack`: the newer file where it was compressed since, or is no longer."""
    files = (folder / "stacks").glob(f"{pattern}.json*")
    states = [file for file in files if file.name.endswith((".json", ".json.gz"))]
    states.sort(key=lambda file: file.stat().st_mtime)
    return {
        Stack(file.parent.name, file.name.removesuffix(".gz").removesuffix(".json")): file for file in states
    }


def state_file(folder: Path, stack: Stack) -> Path | None:
    """One stack's state; None where there is none."""
    return state_files(folder, str(stack)).get(stack)


def read_state_file(file: Path) -> dict[str, Any] | None:
    """Read a state as `pulumi stack export` prints it; its `deployment` is empty before the first deployment.

    None where it is being written, was cut off, no longer exists, or has another version's format.
    """
    try:
        data = file.read_bytes()
        document = json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)
        return {"deployment": document["checkpoint"].get("latest") or {}}
    except (EOFError, KeyError, TypeError, AttributeError, ValueError, OSError):
        return None


def is_complete(file: Path) -> bool:
    """Whether a state can be read: it exists, and was not cut off."""
    return read_state_file(file) is not None
