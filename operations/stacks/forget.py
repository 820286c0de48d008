"""Forgetting: a stack whose cluster is no more gives up its state, after a copy of it was kept."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from operations.console import err
from operations.engine.project import StackId
from operations.engine.stack import EngineStack
from operations.paths import local_folder
from operations.stacks.state import resources
from operations.toolchain import Toolchain


def forget(stack: StackId, toolchain: Toolchain) -> None:
    """Remove a stack's state. Nothing on any cluster is touched, and the state's copy stays in `.local/backups`.

    Args:
        stack: the stack.
        toolchain: where the engine is.

    Raises:
        EngineFailure: the state cannot be read or removed.
    """
    engine = EngineStack(stack, toolchain)
    state = engine.state()
    if not resources(state):
        err.print(f"{stack.label}: there is nothing to forget.")
        return
    err.print(f"{stack.label}: a copy of its state is kept in {_backup(stack, state)}")
    engine.forget()
    err.print(f"{stack.label}: forgotten. The objects on the cluster, if there are any, are as they were.")


def _backup(stack: StackId, state: dict[str, object]) -> Path:
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    file = local_folder("backups") / f"{stack.owner}.{now}.json"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(state, stream, indent=1)
    return file
