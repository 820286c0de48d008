"""Striking a running command: which of its processes to kill, and how."""

import contextlib
import subprocess
import time
from enum import StrEnum
from pathlib import Path

import psutil

from tests.checkout import Checkout


class Victim(StrEnum):
    """What is killed, with SIGKILL and everything below it left to itself."""

    OPERATOR = "operator"
    """The Python process that runs the verb, and with it the program."""

    ENGINE = "engine"
    PROVIDER = "provider"
    MAKE = "make"
    """Make alone: the verb below it goes on to its end."""

    EVERYTHING = "everything"
    """Make and all its descendants at once, as when a terminal's machine goes away."""


_PAUSE_SECONDS = 0.02

_COMMANDS = {
    Victim.OPERATOR: "platformctl",
    Victim.ENGINE: "pulumi",
    Victim.PROVIDER: "pulumi-resource-kubernetes",
}


def strike(process: "subprocess.Popen[str]", victim: Victim) -> bool:
    """Kill a part of a running make target, as soon as that part is there.

    Args:
        process: make itself, in a process group of its own.
        victim: what to kill.

    Returns:
        Whether there was anything to kill before the command ended.
    """
    while process.poll() is None:
        if _struck(process, victim):
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def _struck(process: "subprocess.Popen[str]", victim: Victim) -> bool:
    if victim is Victim.EVERYTHING:
        everything = freeze(process)
        for one in everything:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        return bool(everything)
    if victim is Victim.MAKE:
        process.kill()
        return True
    struck = False
    for child in _descendants(process.pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            if _is(child, victim):
                child.kill()
                struck = True
    return struck


def locks(checkout: Checkout, project: str, environment: str) -> list[Path]:
    """The files by which runs of the engine lock a stack."""
    folder = checkout.root / ".local/state/.pulumi/locks/organization" / project / environment
    return list(folder.glob("*"))


def freeze(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Stop a running make target where it stands, whatever process groups its processes are in.

    Returns:
        Make and all its descendants.
    """
    stopped: list[psutil.Process] = []
    while new := [one for one in [*_itself(process.pid), *_descendants(process.pid)] if one not in stopped]:
        for one in new:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.suspend()
        stopped += new
    return stopped


def _itself(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return [psutil.Process(pid)]
    return []


def _descendants(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []


def _is(process: psutil.Process, victim: Victim) -> bool:
    words = process.cmdline()
    # The command line is a script, so that its interpreter comes first.
    programs = words[1:2] if victim is Victim.OPERATOR else words[:1]
    return any(Path(program).name == _COMMANDS[victim] for program in programs)
