"""Who holds a stack's lock, and whether that process has died: proven in every PID namespace and on every host, or not.

The engine notes a process id and a host's name, which several machines and containers can share. So each run that
locks a stack has a file of its own, which the engine keeps locked by the kernel for as long as it lives.
"""

import fcntl
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from operations import checkout
from shared.stacks import Stack

_LOCKED = re.compile(
    r"(?P<file>[^\s/?]+)(\?\S*)?: created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)"
)
_ALIVE = """
import fcntl, os, sys
file = int(sys.argv[1])
try:
    fcntl.lockf(file, fcntl.LOCK_EX)
    os.ftruncate(file, 0)
    os.pwrite(file, f"{os.uname().nodename} {os.getpid()}".encode(), 0)
except OSError:
    pass  # a file system without locks proves nothing
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Becomes the engine: what it starts does not get this kind of lock, and the engine keeps it to its end."""

_STARTING_SECONDS = (-2.0, 60.0)
"""How long after its start the engine locks the stack; what it says of that has no fractions."""

_ONE_MACHINE = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "tmpfs", "overlay", "apfs", "hfs"}
)
"""File systems that one kernel alone has mounted, so that its locks are all there are."""


@dataclass(frozen=True)
class LockHolder:
    """The process that holds a stack's lock, by its login name, machine and process id; `file` is the lock's name."""

    user: str
    host: str
    pid: int
    since: datetime
    file: str = ""

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid}, since {self.since:%H:%M:%S} UTC)"

    def unlock(self, stack: Stack) -> str:
        """The command that removes this lock alone, for remedies."""
        return f"{unlock_command(stack)} HOLDER='{self}'"

    def is_alive(self, stack: Stack, backend: Path | None) -> bool | None:
        """Whether it runs; None where that cannot be proven from here. `backend` is None where it is not a folder."""
        for mark in _marks(stack, backend).glob("*"):
            with suppress(OSError), mark.open() as stream:
                after = self.since.timestamp() - mark.stat().st_mtime
                is_its = stream.read() == f"{self.host} {self.pid}"
                if is_its and _STARTING_SECONDS[0] <= after <= _STARTING_SECONDS[1]:
                    return _is_locked(mark) or (None if _may_be_elsewhere(mark) else False)
        return None


def holders(errors: Sequence[str]) -> list[LockHolder]:
    """The holders that the engine names where it finds a stack locked; none where it does not."""
    return [
        LockHolder(
            one["user"], one["host"], int(one["pid"]), datetime.fromisoformat(one["since"]), one["file"]
        )
        for error in errors
        if "currently locked" in error
        for one in _LOCKED.finditer(error)
    ]


def unlock_command(stack: Stack) -> str:
    """The command that removes a stack's locks whose holders are proven to have died."""
    service = "" if stack.is_infrastructure else f"SERVICE={stack.service} "
    return f"make unlock {service}ENV={stack.name}"


@contextmanager
def alive(stack: Stack, backend: Path | None) -> Iterator[tuple[int, list[str]]]:
    """The file that shows that a run's engine is alive.

    It stays behind where the run did not end well, as the proof that it has ended, and is removed with the next one's.
    Yielded are its descriptor, which the engine needs, and what to put before the engine's command.
    """
    folder = _marks(stack, backend)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, _ = tempfile.mkstemp(dir=folder)
    try:
        os.fchmod(descriptor, 0o644)
        yield descriptor, [sys.executable, "-ISc", _ALIVE, str(descriptor)]
        # This run had the lock, so that nobody else's is left; a file without content is of one that starts.
        for mark in folder.iterdir():
            with suppress(OSError):
                if mark.stat().st_size and not _is_locked(mark):
                    mark.unlink()
    finally:
        os.close(descriptor)


def _marks(stack: Stack, backend: Path | None) -> Path:
    return (backend or checkout.LOCAL) / "running" / stack.project / stack.name


def _is_locked(mark: Path) -> bool:
    with mark.open() as stream:
        try:
            fcntl.lockf(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _may_be_elsewhere(path: Path) -> bool:
    """Whether other machines may have the file system of a path mounted, too."""
    path = path.resolve()
    mounted = [one for one in psutil.disk_partitions(all=True) if path.is_relative_to(one.mountpoint)]
    nearest = max(mounted, key=lambda one: len(one.mountpoint), default=None)
    return nearest is None or nearest.fstype not in _ONE_MACHINE
