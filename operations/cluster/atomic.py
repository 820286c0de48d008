"""Files that are either the old one or the new one, whenever the writer is killed."""

import contextlib
import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Replace a file with one of mode 0600 in a single step.

    Args:
        path: the file. Its folder exists.
        text: the whole new content.

    Raises:
        OSError: the file cannot be written (a full disk, a read-only folder); the old one is untouched.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
