"""What keeps a run of the engine from starting, and its repair: a full disk, locks, cut-off states, orphaned plugins.

The file backend writes a stack's state in place. Before that it copies the former one beside it, and at the start of
each update into its backups. Objects are applied, not created, so that an update that starts from a somewhat older
state finds what was done since and takes it in.
"""

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from operations.console import err
from operations.engine.environment import read_state_file, state_files
from operations.engine.events import EngineFailure
from operations.engine.locks import LockHolder, holders
from shared.errors import Refusal
from shared.stacks import Stack

_UNREADABLE = ("failed to load checkpoint", "unexpected end of JSON input")
_PATIENCE_SECONDS, _READABLE_SECONDS = 120.0, 15.0
"""How long to wait for a living holder of a lock, and for a state to be written: many times what the largest takes."""

_WRITING_SECONDS = 2.0
"""What was changed in this time may be in the middle of being written."""

_POLL_SECONDS = 0.5
_LEAST_FREE_BYTES = 8 * 1024**2
"""What the disk of a state folder must have free before a run: a few times a large state."""


def refuse_full_disk(folder: Path | None) -> None:
    """Refuse to start what a full disk would cut off; `folder` is the backend's, None where it is not a folder."""
    if folder is None or not folder.exists():
        return
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        raise Refusal(
            f"The disk is full: {free // 1024} KiB are free where the states are kept ({folder}).",
            "Nothing was changed. Free some space and run the command again.",
        )


class Recovery:
    """Decides whether a run that did not start is worth another try.

    `folder` is the backend's, None where it is not a folder; `cancel` removes all of the stack's locks.
    """

    def __init__(
        self, stack: Stack, folder: Path | None, cancel: Callable[[], subprocess.CompletedProcess[str]]
    ) -> None:
        self._stack, self._folder, self._cancel = stack, folder, cancel
        self._failed_first = 0.0
        self._told = False

    def can_go_on(self, errors: Sequence[str]) -> bool:
        """Repair what the engine says kept a run from starting; whether to try again. Refusal where it stays locked."""
        self._failed_first = self._failed_first or time.monotonic()
        waited = time.monotonic() - self._failed_first
        if found := holders(errors):
            self._await_lock(found, waited)
            return True
        if not any(sign in error for error in errors for sign in _UNREADABLE):
            return False
        if self._folder and (repaired := _restore(self._folder) or _drop_cut_off_lock(self._folder)):
            err.print(f"{self._stack.label}: {repaired}.")
            return True
        # A state, of this stack or one that it reads, was being written at that moment.
        time.sleep(_POLL_SECONDS)
        return waited < _READABLE_SECONDS

    def _await_lock(self, found: Sequence[LockHolder], waited: float) -> None:
        names, label = ", ".join(map(str, found)), self._stack.label
        alive = [holder.is_alive(self._stack, self._folder) for holder in found]
        unclear = [
            holder.unlock(self._stack) for holder, lives in zip(found, alive, strict=True) if lives is None
        ]
        ended = f"If it has ended: {'; '.join(unclear)}" if unclear else ""
        if waited > _PATIENCE_SECONDS:
            raise Refusal(
                f"{label} is locked by {names}.",
                f"Wait until that has ended, then run the command again. {ended}".strip(),
            )
        if all(lives is False for lives in alive):
            err.print(f"{label}: its last run was killed; removing the lock that it left.")
            self._remove(found)
            return
        if not self._told:
            err.print(f"{label}: waiting for {names} ... {ended}".strip(), markup=False)
            self._told = True
        time.sleep(_POLL_SECONDS)

    def _remove(self, dead: Sequence[LockHolder]) -> None:
        """Remove these locks; in a folder, these alone: one that another run has taken meanwhile stays."""
        if self._folder:
            locks = self._folder / "locks" / "organization" / self._stack.project / self._stack.name
            for holder in dead:
                (locks / holder.file).unlink(missing_ok=True)  # another run may have removed it
            return
        result = self._cancel()
        if "no stack named" in result.stderr:
            folder = f".pulumi/locks/organization/{self._stack.project}/{self._stack.name}"
            raise Refusal(
                f"{self._stack.label}: a run was killed while it created the stack, and its lock is in the bucket.",
                f"Delete it there, then run the command again: {', '.join(f'{folder}/{one.file}' for one in dead)}",
            )
        if result.returncode and "no lock" not in result.stderr.lower():
            raise EngineFailure(f"{self._stack.label}: removing the lock", [result.stderr])


def lock_files(folder: Path) -> list[Path]:
    """Every file in a backend's `.pulumi` folder that the engine takes for a lock, in order.

    Its name does not matter: one whose writing a full disk or a kill ended is called `<lock>.json.<time>.tmp`.
    """
    files = (folder / "locks").rglob("*")
    return sorted(file for file in files if file.suffix != ".attrs" and file.is_file())


def _drop_cut_off_lock(folder: Path) -> str:
    """Remove the first lock that was cut off: it names no holder, and the engine can neither read nor remove it."""
    for lock in lock_files(folder):
        if _is_broken(lock) and not _is_recent(lock):
            lock.unlink(missing_ok=True)
            return f"a lock was cut off while it was written; removed {lock}"
    return ""


def _restore(folder: Path) -> str:
    """Put the newest complete copy in place of the first state that was cut off, and say so."""
    for stack, state in state_files(folder).items():
        # What the backend notes beside a state, its type and sum, may be missing, but not be cut off.
        notes = state.with_name(f"{state.name}.attrs")
        broken_notes = _is_broken(notes) and not _is_recent(notes)
        if broken_notes:
            notes.unlink(missing_ok=True)
        if not read_state_file(state) and not _is_recent(state):
            backups = (folder / "backups" / stack.project / stack.name).glob(f"{stack.name}.*.json")
            newest_first = sorted(backups, key=lambda file: file.stat().st_mtime_ns, reverse=True)
            for copy in filter(read_state_file, [state.with_name(f"{state.name}.bak"), *newest_first]):
                state.replace(state.with_name(f"{state.name}.damaged"))
                temporary = state.with_name(f"{state.name}.restored")
                temporary.write_bytes(copy.read_bytes())
                temporary.replace(state)
                return f"a state was cut off while it was written; continuing from {copy}"
        if broken_notes:
            return f"a state was cut off while it was written; continuing from {state}"
    return ""


def _is_broken(file: Path) -> bool:
    with contextlib.suppress(OSError):
        try:
            json.loads(file.read_bytes())
        except ValueError:
            return True
    return False


def _is_recent(file: Path) -> bool:
    with contextlib.suppress(OSError):
        return abs(time.time() - file.stat().st_mtime) < _WRITING_SECONDS
    return True


def running_plugins(folder: Path) -> Iterator[psutil.Process]:
    """The running provider plugins from a folder, that of a checkout's own programs."""
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [""])[0].startswith(f"{folder}/pulumi-resource-"):
            yield process


def end_orphans(folder: Path) -> None:
    """End the provider plugins whose engine was killed: they would wait for it forever, with 100 MB and more each.

    One that an engine still uses is the child of that engine, whoever started it.
    """
    for process in running_plugins(folder):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            parent = process.parent()
            if parent is None or parent.name() != "pulumi":
                process.kill()
