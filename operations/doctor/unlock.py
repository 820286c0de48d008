"""Unlocking: frees a stack whose holder is dead, and only then.

It removes the very lock that it judged, so that one taken meanwhile by somebody else stays.
"""

from operations.doctor.lock_files import StackLock, read_locks
from operations.doctor.workplace import Workplace
from operations.engine.locks import read_holder
from operations.engine.project import StackId
from shared.refusal import Refusal


def unlock(stack: StackId, workplace: Workplace) -> list[StackLock]:
    """Free a stack.

    Args:
        stack: which stack.
        workplace: the checkout that it belongs to.

    Returns:
        The locks that were removed, each with its dead holder; none where it was not locked.

    Raises:
        Refusal: a holder lives or cannot be judged, or the backend shows no locks; nothing was removed.
        OSError: a lock cannot be removed.
    """
    folder = workplace.pulumi_folder
    if folder is None:
        raise Refusal(
            f"The backend {workplace.backend} shows its locks to a run of the engine alone.",
            f"Refresh the stack ({_refresh(stack)}): the run frees a lock whose holder is dead, and waits for others.",
        )
    held = [
        lock
        for lock in read_locks(folder)
        if (lock.project, lock.environment) == (stack.project.name, stack.environment)
    ]
    for lock in held:
        _refuse_unless_dead(stack, lock)
    for lock in held:
        # A lock file is written once; another one of that name would be another run of a dead process.
        if read_holder(lock.file) == lock.holder:
            lock.file.unlink(missing_ok=True)
    return held


def _refuse_unless_dead(stack: StackId, lock: StackLock) -> None:
    if lock.is_dead:
        return
    if lock.is_alive:
        raise Refusal(
            f"{stack.label} is being changed by {lock.holder}, which lives.",
            "Wait until that has ended; its lock goes with it.",
        )
    if lock.holder is None:
        raise Refusal(
            f"{stack.label} is locked, and its lock does not say by whom ({lock.file}).",
            "If no run of anybody changes the stack, remove that file.",
        )
    raise Refusal(
        f"{stack.label} is locked by {lock.holder}, and whether that lives cannot be judged from this machine.",
        f"Run make unlock on {lock.holder.host}; if that machine is no more, remove {lock.file}.",
    )


def _refresh(stack: StackId) -> str:
    if stack.is_infrastructure:
        return f"make infra-refresh ENV={stack.environment}"
    return f"make app-refresh SERVICE={stack.project.label} ENV={stack.environment}"
