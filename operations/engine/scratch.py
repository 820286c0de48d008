"""Scratch folders: what a run of the engine writes for itself alone, and leaves nowhere else.

The Kubernetes provider writes each kubeconfig that it is given, with its credentials, into the temporary folder, and
never removes it. So a run gets a temporary folder of its own, in the checkout and readable by its owner alone.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from operations.paths import local_folder

_NAME = "scratch"


@dataclass(frozen=True)
class Scratch:
    """A folder for one run.

    Args:
        folder: the folder, of mode 0700.
        descriptor: the folder's open file descriptor. Whoever has it open keeps the folder: it carries the lock.
    """

    folder: Path
    descriptor: int


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Make a folder for one run, and remove it after that; remove what killed runs left, too.

    Yields:
        The folder. A process that is to keep it beyond this one's death is given its descriptor.

    Raises:
        OSError: the folder cannot be made (a full disk, a read-only checkout).
    """
    parent = local_folder(_NAME)
    with ExitStack() as held:
        with _locked(parent):
            _remove_abandoned(parent)
            name = held.enter_context(tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True))
            descriptor = held.enter_context(_locked(Path(name)))
        yield Scratch(Path(name), descriptor)


def _remove_abandoned(parent: Path) -> None:
    """Remove the folders that no process holds any more."""
    for folder in parent.iterdir():
        with suppress(BlockingIOError, FileNotFoundError), _locked(folder, fcntl.LOCK_NB):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path, flags: int = 0) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        yield descriptor
    finally:
        os.close(descriptor)
