"""Holders of locks, dead, living and elsewhere, and lock files as the engine writes them."""

import getpass
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def _holder(pid: int, host: str = "") -> dict[str, Any]:
    return {
        "pid": pid,
        "username": getpass.getuser(),
        "hostname": host or socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "123Z"),
    }


def _ended() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


DEAD = _holder(_ended())
ELSEWHERE = _holder(1, "another-machine")


@contextmanager
def living() -> Iterator[dict[str, Any]]:
    """A process that lives as long as the context."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        yield _holder(process.pid)
    finally:
        process.communicate(b"\n")


def write_lock(local: Path, content: Any, *, project: str = "day-service-app", name: str = "one") -> Path:
    """Lock a stack, dev, as the engine does: a file for each lock in the stack's folder of locks."""
    folder = local / "state" / ".pulumi" / "locks" / "organization" / project / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(content))
    return file
