"""The backend: can states be read and written, and is each of them whole?"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from operations.doctor.finding import Finding
from operations.doctor.lock_files import read_locks
from operations.doctor.workplace import Workplace
from operations.engine.checkpoint import is_whole
from operations.engine.environment import engine_environment

_ANSWER_SECONDS = 15


def backend(workplace: Workplace) -> Iterator[Finding]:
    """Look at the folder, or ask the engine who it is at another backend."""
    folder = workplace.backend_folder
    yield from _elsewhere(workplace) if folder is None else _in_folder(workplace, folder)


def _in_folder(workplace: Workplace, folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        if workplace.is_own_backend:
            yield Finding(
                "failure",
                f"PULUMI_BACKEND_URL names {folder}, which is no folder.",
                workplace.backend,
                "Make that folder, or name another backend.",
            )
        else:
            yield Finding("ok", "There is no state yet; the first deployment makes it.", str(folder))
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(
            "failure",
            f"The states in {folder} cannot be read and written by this user.",
            str(folder),
            f"Give them back to this user: chown -R {os.getuid()} {folder}",
        )
        return
    states = sorted((folder / ".pulumi" / "stacks").glob("*/*.json"))
    held = {(lock.project, lock.environment) for lock in read_locks(folder / ".pulumi")}
    for state in states:
        # One whose stack is held may be in the middle of being written.
        if not is_whole(state) and (state.parent.name, state.stem) not in held:
            yield Finding(
                "warning",
                f"The state of {state.parent.name}.{state.stem} was cut off while it was written.",
                str(state),
                "Deploy the stack: the run puts its state right from the newest whole copy, and says so.",
            )
    yield Finding("ok", f"{len(states)} states can be read and written.", str(folder))


def _elsewhere(workplace: Workplace) -> Iterator[Finding]:
    try:
        result = subprocess.run(
            [workplace.toolchain.path("pulumi"), "whoami", "--non-interactive"],
            env=engine_environment(workplace.toolchain),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=False,
        )
        said, well = (result.stdout or result.stderr).strip(), result.returncode == 0
    except subprocess.TimeoutExpired:
        said, well = f"no answer within {_ANSWER_SECONDS} s", False
    if well:
        yield Finding(
            "ok", f"The backend knows this user as {said}.", f"pulumi whoami at {workplace.backend}"
        )
    else:
        yield Finding(
            "failure",
            f"The backend does not let this user in: {' '.join(said.removeprefix('error:').split())}",
            f"pulumi whoami at {workplace.backend}",
            "Correct PULUMI_BACKEND_URL, or log in: pulumi login.",
        )
