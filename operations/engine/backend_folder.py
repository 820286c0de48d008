"""A backend that is a folder: where it keeps states, and reading them without a run of the engine."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def backend_folder(url: str) -> Path | None:
    """The engine's own folder, `.pulumi`, in a backend.

    Args:
        url: the backend's URL, as `PULUMI_BACKEND_URL` has it.

    Returns:
        The folder, which need not exist. None where the backend is no folder, or one by a relative path, which only the
        engine can resolve.
    """
    parts = urlsplit(url)
    path = Path(unquote(parts.netloc + parts.path)).expanduser()
    return path / ".pulumi" if parts.scheme == "file" and path.is_absolute() else None


def state_files(folder: Path) -> dict[tuple[str, str], Path]:
    """Each stack's state by project and name, the newer one where it was compressed, or no longer, since.

    Args:
        folder: the backend's `.pulumi` folder.
    """
    stacks = folder / "stacks"
    return _newest([*stacks.glob("*/*.json"), *stacks.glob("*/*.json.gz")])


def state_file(folder: Path, project: str, stack: str) -> Path | None:
    """One stack's state; None where it was never made.

    Args:
        folder: the backend's `.pulumi` folder.
        project: the stack's project.
        stack: its name.
    """
    file = folder / "stacks" / project / f"{stack}.json"
    there = [one for one in (file, file.with_name(f"{file.name}.gz")) if one.exists()]
    return _newest(there).get((project, stack))


def read_state_file(file: Path) -> Mapping[str, Any]:
    """A state as the engine exports it, secrets encrypted; its `deployment` is empty where nothing was deployed yet.

    Raises:
        ValueError: it is being written, was cut off, or has a form of another version.
        OSError: it is gone, or cannot be read.
    """
    data = file.read_bytes()
    try:
        document = json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)
        return {"deployment": document["checkpoint"].get("latest") or {}}
    except (EOFError, KeyError, TypeError, AttributeError, gzip.BadGzipFile) as error:
        raise ValueError(f"{file} is no whole state") from error


def _newest(files: list[Path]) -> dict[tuple[str, str], Path]:
    ordered = sorted(files, key=lambda file: file.stat().st_mtime)
    return {(file.parent.name, file.name.removesuffix(".gz").removesuffix(".json")): file for file in ordered}
