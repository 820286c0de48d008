"""What keeps a run of the engine from beginning, and what can be done about it: locks, cut-off states, a full disk."""

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from operations.console import err
from operations.engine.checkpoint import SIGNS, restore_any
from operations.engine.faults import EngineFailure
from operations.engine.locks import LockHolder, drop_cut_off, drop_dead, holders, stack_locks
from operations.engine.project import StackId
from shared.refusal import Refusal

_PATIENCE_SECONDS = 120.0
"""How long to wait for a living holder of a lock."""

_WRITING_SECONDS = 15.0
"""How long to wait for a file that is being written: many times what the largest state takes."""

_POLL_SECONDS = 0.5
_LEAST_FREE_BYTES = 8 * 1024**2
"""What a state folder's disk must have free before a run: a few times a large state."""


def refuse_full_disk(folder: Path | None) -> None:
    """Refuse to begin what a full disk would cut off.

    Args:
        folder: the backend's `.pulumi` folder; None where it is no folder.

    Raises:
        Refusal: there is no room for another state.
    """
    if folder is None or not folder.exists():
        return
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        raise Refusal(
            f"The disk is full: {free // 1024} KiB are free where the state stands ({folder}).",
            "Nothing was changed. Free some space and run the command again.",
        )


class Recovery:
    """Decides whether a run that did not begin is worth another try.

    Args:
        stack: the stack.
        folder: the backend's `.pulumi` folder; None where it is no folder.
        cancel: frees the stack's lock.
    """

    def __init__(
        self, stack: StackId, folder: Path | None, cancel: Callable[[], subprocess.CompletedProcess[str]]
    ) -> None:
        self._stack, self._folder, self._cancel = stack, folder, cancel
        self._failed_first = 0.0
        self._told = False

    def can_go_on(self, errors: Sequence[str]) -> bool:
        """Put right what kept a run from beginning, where that can be done.

        Args:
            errors: what the engine said.

        Returns:
            Whether to try again.

        Raises:
            Refusal: somebody alive holds the stack, and goes on holding it.
            EngineFailure: a dead holder's lock cannot be freed.
        """
        self._failed_first = self._failed_first or time.monotonic()
        if held := holders(errors):
            self._await_lock(held, time.monotonic() - self._failed_first)
            return True
        if not any(sign in error for error in errors for sign in SIGNS):
            return False
        stack = self._stack
        copy = self._folder and restore_any(self._folder)
        if copy:
            err.print(f"{stack.label}: a state was cut off while it was written; going on from {copy}.")
            return True
        lock = self._folder and drop_cut_off(self._folder)
        if lock:
            err.print(f"{stack.label}: a lock was cut off while it was written; removed {lock}.")
            return True
        # Another stack, or this one, was being written at that moment.
        time.sleep(_POLL_SECONDS)
        return time.monotonic() - self._failed_first < _WRITING_SECONDS

    def _free(self, waited: float) -> None:
        if self._folder:
            locks = stack_locks(self._folder, self._stack.project.name, self._stack.environment)
            if not drop_dead(locks):
                # Another run has freed it meanwhile, so that the next try goes on.
                if waited > _WRITING_SECONDS:
                    raise EngineFailure(
                        f"{self._stack.label}: freeing the lock", [f"there is none in {locks}"]
                    )
                time.sleep(_POLL_SECONDS)
            return
        # The engine frees the stack of every lock, one that somebody took meanwhile with it; elsewhere nobody else can.
        result = self._cancel()
        if result.returncode and "no lock" not in result.stderr.lower():
            raise EngineFailure(f"{self._stack.label}: freeing the lock", [result.stderr])

    def _await_lock(self, held: Sequence[LockHolder], waited: float) -> None:
        label, names = self._stack.label, ", ".join(map(str, held))
        if all(holder.is_dead for holder in held):
            err.print(f"{label}: its last run was killed; freeing the lock it left.")
            self._free(waited)
            return
        if waited > _PATIENCE_SECONDS:
            raise Refusal(
                f"{label} is being changed by {names}.",
                "Wait until that has ended, then run the command again.",
            )
        if not self._told:
            err.print(f"{label}: waiting for {names} ...")
            self._told = True
        time.sleep(_POLL_SECONDS)
