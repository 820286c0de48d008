"""The locks of a file backend: which stacks are held, by whom, and whether that can be judged from here.

The engine writes one file for each lock, with the holder's process, login name and machine (its diy backend).
"""

import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from operations.engine.locks import LockHolder, lock_files, read_holder


@dataclass(frozen=True)
class StackLock:
    """One lock.

    Args:
        project: the stack's project.
        environment: the stack's name.
        file: the lock file.
        holder: who holds it; None where the file does not say.
    """

    project: str
    environment: str
    file: Path
    holder: LockHolder | None

    @property
    def owner(self) -> str:
        """The stack, under the name by which it owns objects."""
        return f"{self.project}.{self.environment}"

    @property
    def is_dead(self) -> bool:
        """Whether its holder is known to be gone."""
        return self.holder is not None and self.holder.is_dead

    @property
    def is_alive(self) -> bool:
        """Whether its holder is known to run on this machine."""
        return (
            self.holder is not None
            and self.holder.host == socket.gethostname()
            and not self.holder.is_dead
            and psutil.pid_exists(self.holder.pid)
        )


def read_locks(folder: Path) -> list[StackLock]:
    """The locks of a file backend, by project and stack.

    Args:
        folder: the backend's `.pulumi` folder, which need not exist.
    """
    return [
        StackLock(file.parent.parent.name, file.parent.name, file, read_holder(file))
        for file in lock_files(folder / "locks")
    ]
