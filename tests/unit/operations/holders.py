"""Holders of locks, dead, living and elsewhere, and lock files as the engine writes them."""

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from operations.engine.locks import alive
from shared.stacks import Stack
from tests.cluster import until


def holder(pid: int, host: str = "", *, hours: int = 1) -> dict[str, Any]:
    """What a lock says of its holder, which took it so many hours ago."""
    return {
        "pid": pid,
        "username": getpass.getuser(),
        "hostname": host or socket.gethostname(),
        "timestamp": (datetime.now(UTC) - timedelta(hours=hours)).isoformat().replace("+00:00", "Z"),
    }


def _ended() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


DAY = Stack("day-service-app", "dev")
LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n"
    "  file:///my%20state/.pulumi/locks/organization/day-service-app/dev/left.json?no_tmp_dir=true: "
    "created by ada@{host} (pid {pid}) at 2026-01-02T03:04:05Z"
)
"""What the engine says of a lock."""

DEAD = holder(_ended())
ELSEWHERE = holder(1, "another-machine")


def write_mark(backend: Path, stack: Stack, host: str, pid: int, since: datetime) -> None:
    """Leave what a run of the engine leaves that was killed: the file that it had locked."""
    folder = backend / "running" / stack.project / stack.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{host}.{pid}").write_text(f"{host} {pid}")
    os.utime(folder / f"{host}.{pid}", (since.timestamp(), since.timestamp()))


@contextmanager
def living(backend: Path, stack: Stack, *command: str) -> Iterator[dict[str, Any]]:
    """A process that lives as long as the context, started as a run of the engine is."""
    wanted = list(command) or ["cat"]
    program = [shutil.which(wanted[0]) or "", *wanted[1:]]
    with suppress(Left), alive(stack, backend) as (descriptor, before):
        process = subprocess.Popen([*before, *program], stdin=subprocess.PIPE, pass_fds=[descriptor])
        try:
            until(lambda: psutil.Process(process.pid).name() == wanted[0], "the process")
            yield holder(process.pid, hours=0)
        finally:
            process.kill()
            process.communicate()
        raise Left


class Left(Exception):
    """The context ends as a run that was killed."""


def write_lock(backend: Path, content: Any, *, stack: Stack = DAY, name: str = "one") -> Path:
    """Lock a stack as the engine does: a file for each lock in the stack's folder of locks.

    That DEAD is dead is proven.
    """
    folder = backend / "locks" / "organization" / stack.project / stack.name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(content))
    if content is DEAD:
        write_mark(backend, stack, DEAD["hostname"], DEAD["pid"], datetime.fromisoformat(DEAD["timestamp"]))
    return file
