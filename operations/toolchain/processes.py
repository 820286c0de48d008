"""Child processes: each in a group of its own, so that a stopped set-up ends the compilers too."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from operations.toolchain.build import Command
from operations.toolchain.cache import read, write_whole

_GONE_SECONDS = 2
_POLL_SECONDS = 0.005


def start(
    command: Command, log: IO[bytes], environment: Mapping[str, str], note: Path
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own.

    Args:
        command: what to run.
        log: takes what it prints.
        environment: what it runs in.
        note: the file that names the group, for a later set-up if this one is killed.

    Raises:
        OSError: the program cannot be started or the note not written.
    """
    output = command.output.open("wb") if command.output else log
    try:
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=log,
            start_new_session=True,
        )
    finally:
        if output is not log:
            output.close()
    with suppress(psutil.Error):
        write_whole(note, {"group": process.pid, "started": psutil.Process(process.pid).create_time()})
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """End a command and all that it started, and wait for it.

    Args:
        process: what `start` returned.
    """
    _end_group(process.pid, process.wait)


def end_noted(note: Path) -> None:
    """End the command of a set-up that was killed, if it still runs.

    Args:
        note: the file that `start` wrote.
    """
    content = read(note)
    if not isinstance(content, dict):
        return
    with suppress(psutil.Error, ProcessLookupError, PermissionError, KeyError, TypeError):
        group = int(content["group"])
        # A number is given to another process in time; the start tells whether this one is ours.
        if abs(psutil.Process(group).create_time() - float(content["started"])) < 1:
            _end_group(group)


def _end_group(group: int, reap: Callable[[], object] = lambda: None) -> None:
    """End a group and wait until it is gone: its compilers write files until then."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
        reap()
        end = time.monotonic() + _GONE_SECONDS
        while _alive(group) and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)


def _alive(group: int) -> bool:
    """Whether a group has a process that is more than an entry which nobody has read yet."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False
