"""A stack whose past is in the way: its state is removed where its cluster no longer exists, a dead lock is freed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from operations.checkout import local_folder
from operations.console import err, out
from operations.engine.locks import LockHolder
from operations.engine.recovery import lock_files
from operations.engine.stack import EngineStack
from operations.facts import cluster_of, kubeconfig_of, state_of
from operations.toolchain import Toolchain
from shared.atomic import write_whole
from shared.errors import Refusal
from shared.kube.client import cluster_api
from shared.stacks import Stack

_YOUNGEST = timedelta(minutes=2)
"""The age of a lock below which it is left alone where nothing proves that its holder has ended."""


def forget(stack: Stack, toolchain: Toolchain) -> None:
    """Remove a stack's state. Nothing on any cluster is touched, and a copy of the state stays in `.local/backups`."""
    engine = EngineStack(stack, toolchain)
    state = engine.state()
    if not (state.get("deployment") or {}).get("resources"):
        err.print(f"{stack.label}: there is no state to remove.")
        return
    copy = local_folder("backups") / f"{stack.owner}.{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.json"
    write_whole(copy, json.dumps(state, indent=1).encode(), mode=0o600)
    err.print(f"{stack.label}: a copy of its state is kept in {copy}")
    engine.forget()
    err.print(f"{stack.label}: state removed; cluster objects were not touched.")


def refresh(stack: Stack, toolchain: Toolchain) -> None:
    """Bring a stack's state in line with its cluster; refused where that does not answer: silence is no loss."""
    if state_of(stack, toolchain).cluster:
        with cluster_api(kubeconfig_of(cluster_of(stack), toolchain)) as api:
            api.get("/version")
    EngineStack(stack, toolchain).refresh()


@dataclass(frozen=True)
class Lock:
    """A stack's lock in a file backend: its file, and the process that has it; None where the file does not say."""

    stack: Stack
    file: Path
    holder: LockHolder | None


def read_locks(folder: Path) -> list[Lock]:
    """The locks of all stacks in a backend's `.pulumi` folder."""
    return [
        Lock(Stack(*file.parts[-3:-1]), file, _holder(file))
        for file in lock_files(folder)
        if file.relative_to(folder).parts[1:-3] == ("organization",)
    ]


def unlock(engine: EngineStack, named: str = "") -> None:
    """Remove a stack's locks where the processes that took them have died, and tell whose they were.

    Refused, with nothing removed, where one is running, or where it cannot be proven from here that it has ended: then
    `named` is the one whose lock a user wants removed, as messages name it.
    """
    stack, backend = engine.stack, engine.backend
    locks = (
        [lock for lock in read_locks(backend) if lock.stack == stack]
        if backend
        else [Lock(stack, Path(holder.file), holder) for holder in engine.locked_by()]
    )
    if not locks:
        out.print(f"{stack.label} is not locked.", markup=False)
    chosen = [lock for lock in locks if not named or str(lock.holder) == named]
    if locks and not (chosen if backend else chosen == locks):
        raise Refusal(
            f"{stack.label} is locked by {', '.join(str(lock.holder) for lock in locks)}, not by {named} alone.",
            "Name one of them as it is written here, or wait until they have ended.",
        )
    for lock in chosen:
        _refuse_unless_dead(lock, backend, named)
    for lock in chosen:
        # A lock file is written once; another one of that name is another run's.
        if backend and _holder(lock.file) == lock.holder:
            lock.file.unlink(missing_ok=True)
        elif not backend:
            engine.cancel()
        out.print(f"{stack.label}: unlocked; its holder was {lock.holder}.", markup=False)


def _holder(file: Path) -> LockHolder | None:
    """The process that has a lock; None where its file no longer exists, is being written, or was cut off."""
    try:
        content = json.loads(file.read_bytes())
        since = datetime.fromisoformat(content["timestamp"])
        return LockHolder(str(content["username"]), str(content["hostname"]), int(content["pid"]), since)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _refuse_unless_dead(lock: Lock, backend: Path | None, named: str) -> None:
    label, holder = lock.stack.label, lock.holder
    if holder is None:
        raise Refusal(
            f"{label} is locked, and its lock does not name a process ({lock.file}).",
            "If no run of any user changes the stack, remove that file.",
        )
    lives = holder.is_alive(lock.stack, backend)
    if lives:
        raise Refusal(
            f"{label} is locked by a running process: {holder}.",
            "Wait until it has ended; that frees the lock.",
        )
    if lives is None and not named:
        raise Refusal(
            f"{label} is locked by {holder}; that it has ended cannot be proven from here.",
            f"If it has ended: {holder.unlock(lock.stack)}",
        )
    age = datetime.now(UTC) - holder.since
    if lives is None and age < _YOUNGEST:
        raise Refusal(
            f"{label} was locked by {holder} only {age.total_seconds():.0f} s ago.",
            f"See whether it is running. If not, run the command again when the lock is "
            f"{_YOUNGEST.total_seconds():.0f} s old.",
        )
