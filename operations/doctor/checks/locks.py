"""Locks: is a stack held by somebody who is no more?"""

from collections.abc import Iterator

from operations.doctor.finding import Finding
from operations.doctor.lock_files import StackLock, read_locks
from operations.doctor.workplace import Workplace
from operations.engine.project import infrastructure, services


def locks(workplace: Workplace) -> Iterator[Finding]:
    """Read the locks of a file backend; other backends show theirs to a run of the engine alone."""
    folder = workplace.pulumi_folder
    if folder is None:
        yield Finding(
            "ok",
            "This backend shows its locks to a run alone, which frees those of the dead by itself.",
            workplace.backend,
        )
        return
    held = read_locks(folder)
    yield from map(_judged, held)
    if not held:
        yield Finding("ok", "No stack is locked.", str(folder / "locks"))


def _judged(lock: StackLock) -> Finding:
    if lock.is_dead:
        return Finding(
            "warning",
            f"{lock.owner} is locked by {lock.holder}, which is no more.",
            str(lock.file),
            f"The stack's next update frees it; or now: {_unlock(lock)}",
        )
    if lock.is_alive:
        return Finding("ok", f"{lock.owner} is being changed by {lock.holder}.", str(lock.file))
    who = (
        f"{lock.holder}, which cannot be judged from here"
        if lock.holder
        else "a holder that the lock does not name"
    )
    return Finding(
        "warning",
        f"{lock.owner} is locked by {who}.",
        str(lock.file),
        "Ask on that machine whether it still runs; there, make unlock frees it if it does not.",
    )


def _unlock(lock: StackLock) -> str:
    if lock.project == infrastructure().name:
        return f"make unlock ENV={lock.environment}"
    service = next((label for label, one in services().items() if one.name == lock.project), "")
    return f"make unlock SERVICE={service or lock.project} ENV={lock.environment}"
