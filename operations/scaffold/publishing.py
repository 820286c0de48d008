"""Putting new files in place: made whole in a folder aside, then renamed, so that a kill leaves nothing half made."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from operations.paths import ROOT, local_folder
from shared.refusal import Refusal


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder in which new files are made, on the checkout's own disk; what a killed run left in it is removed.

    Raises:
        Refusal: somebody else starts something new in this checkout.
        OSError: the folder cannot be made.
    """
    place = local_folder("scaffold")
    try:
        with FileLock(place / "lock", timeout=0):
            for leftover in place.glob("new-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix="new-", dir=place) as folder:
                yield Path(folder)
    except Timeout:
        raise Refusal(
            "Another make new-app or make new-env is at work in this checkout.",
            "Wait for it, then run this one.",
        ) from None


def unfit(paths: Sequence[Path]) -> list[str]:
    """Which folders cannot take new files; empty where all can.

    Args:
        paths: the new files and folders, relative to the checkout.
    """
    wrong: dict[Path, str] = {}
    for path in paths:
        parent = ROOT / path.parent
        while not parent.exists() and not parent.is_symlink() and parent != ROOT:
            parent = parent.parent
        shown = parent.relative_to(ROOT)
        if not parent.is_dir():
            wrong[parent] = f"{shown} is no folder; make it one"
        elif not os.access(parent, os.W_OK | os.X_OK):
            wrong[parent] = f"{shown} cannot be written; make it writable"
    return list(wrong.values())


def publish(folder: Path, paths: Sequence[Path]) -> None:
    """Rename what was made into its places, one after the other.

    Args:
        folder: where it was made; its paths there are those of the checkout.
        paths: files and folders, relative to the checkout; the first is the one that everything else belongs to.

    Raises:
        Refusal: somebody else made one of them meanwhile.
        OSError: a folder cannot be written.
    """
    for path in paths:
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise Refusal(f"{path} came to be meanwhile.", "Look at it, then run the command again.")
        (folder / path).rename(target)


def is_same(one: Path, other: Path) -> bool:
    """Whether two files, or two folders with all that is in them, have the same content."""
    if one.is_dir() and other.is_dir():
        names = {path.name for path in one.iterdir()} - {"__pycache__"}
        return names == {path.name for path in other.iterdir()} - {"__pycache__"} and all(
            is_same(one / name, other / name) for name in names
        )
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
