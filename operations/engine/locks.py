"""A stack's lock: who holds it, and whether the holder is still there."""

import contextlib
import json
import os
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

_ENGINE = "pulumi"
_WRITING_SECONDS = 2.0

_HELD = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")


@dataclass(frozen=True)
class LockHolder:
    """Who holds a stack's lock.

    Args:
        user: the holder's login name.
        host: the holder's machine.
        pid: the holder's process.
        since: when it was taken.
    """

    user: str
    host: str
    pid: int
    since: datetime

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid}, since {self.since:%H:%M:%S} UTC)"

    @property
    def is_dead(self) -> bool:
        """Whether the holder is known to be gone: it ran on this machine and does no more."""
        if self.host != socket.gethostname():
            return False
        try:
            process = psutil.Process(self.pid)
            name = process.name()
            started = datetime.fromtimestamp(process.create_time(), UTC)
            # A killed one stays in the table of processes until its parent asks for it, which some never do.
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False
        if self.pid == os.getpid():
            return True
        # The number was given to another process since. The clock's ticks allow a second's difference; where the clock
        # was set back since, a living engine seems to have started later than its lock.
        return (started - self.since).total_seconds() > 1 and name != _ENGINE


def holders(errors: Sequence[str]) -> list[LockHolder]:
    """The holders that the engine names where it finds a stack locked; none where it does not."""
    return [
        LockHolder(
            match["user"],
            match["host"],
            int(match["pid"]),
            datetime.fromisoformat(match["since"].replace("Z", "+00:00")),
        )
        for error in errors
        if "currently locked" in error
        for match in _HELD.finditer(error)
    ]


def lock_files(folder: Path) -> list[Path]:
    """Every file that the engine takes for a lock, in order.

    That is each one below the folder, whatever it is called: one whose writing a full disk or a kill ended keeps the
    name `<lock>.json.<time>.tmp`. What the backend notes beside a file, `<file>.attrs`, is the exception.

    Args:
        folder: where locks stand, the backend's `.pulumi/locks` or a stack's part of it; it need not exist.
    """
    return sorted(file for file in folder.rglob("*") if file.suffix != ".attrs" and file.is_file())


def stack_locks(folder: Path, project: str, stack: str) -> Path:
    """Where the locks of one stack stand; it need not exist.

    Args:
        folder: the backend's `.pulumi` folder.
        project: the stack's project.
        stack: its name.
    """
    return folder / "locks" / "organization" / project / stack


def read_holder(lock: Path) -> LockHolder | None:
    """Who holds a lock, by its file; None where that is gone, being written, or was cut off."""
    try:
        content = json.loads(lock.read_bytes())
        return LockHolder(
            str(content["username"]),
            str(content["hostname"]),
            int(content["pid"]),
            datetime.fromisoformat(content["timestamp"].replace("Z", "+00:00")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def is_held(folder: Path) -> bool:
    """Whether somebody may hold one of the locks below a folder: a lock counts unless its holder is known to be gone.

    Args:
        folder: as for `lock_files`.
    """
    return any(not (holder and holder.is_dead) for holder in map(read_holder, lock_files(folder)))


def drop_dead(folder: Path) -> int:
    """Remove the locks below a folder whose holders are known to be gone, and no other: one taken meanwhile stays.

    Args:
        folder: as for `lock_files`.

    Returns:
        How many there were.

    Raises:
        OSError: a lock cannot be removed.
    """
    dead = [lock for lock in lock_files(folder) if (holder := read_holder(lock)) and holder.is_dead]
    for lock in dead:
        lock.unlink(missing_ok=True)
    return len(dead)


def drop_cut_off(folder: Path) -> Path | None:
    """Remove the first lock that was cut off while it was written, by a full disk or a kill.

    It names no holder, and the engine can neither read nor free it. Whoever writes one takes no time for it, so one
    that is still cut off a while later has nobody behind it.

    Args:
        folder: the backend's `.pulumi` folder.

    Returns:
        The lock that was removed; None where there is none.
    """
    for lock in lock_files(folder / "locks"):
        try:
            json.loads(lock.read_bytes())
        except OSError:
            continue
        except ValueError:
            with contextlib.suppress(OSError):
                if time.time() - lock.stat().st_mtime > _WRITING_SECONDS:
                    lock.unlink()
                    return lock
    return None
