"""A state that was cut off while it was written, by a full disk or a kill, and the copy to go on from.

The engine's file backend writes a stack's state in place. Before that it copies the former one beside it, and at the
beginning of each update into its backups. Objects are applied, not created, so that an update that starts from a
somewhat older state finds what was done since and takes it in.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from operations.engine.backend_folder import read_state_file
from operations.engine.locks import is_held, stack_locks

SIGNS = ("failed to load checkpoint", "unexpected end of JSON input")
"""How the engine tells of a state that it cannot read."""

_SUFFIX = ".json"


def restore(folder: Path, project: str, stack: str) -> Path | None:
    """Put the newest whole copy in place of a state that is cut off.

    Args:
        folder: the backend's `.pulumi` folder.
        project: the stack's project.
        stack: the stack's name.

    Returns:
        The copy that was taken, or the state itself where only what the backend notes beside it was cut off. None where
        all is whole, may be being written by a holder of the stack's lock, or has no whole copy.
    """
    state = folder / "stacks" / project / f"{stack}{_SUFFIX}"
    if not state.exists() or is_held(stack_locks(folder, project, stack)):
        return None
    if is_whole(state):
        return state if _drop_broken_attributes(state) else None
    _drop_broken_attributes(state)
    for copy in _copies(folder, state, project, stack):
        if is_whole(copy):
            damaged = state.with_name(f"{state.name}.damaged")
            state.replace(damaged)
            temporary = state.with_name(f"{state.name}.restored")
            temporary.write_bytes(copy.read_bytes())
            temporary.replace(state)
            return copy
    return None


def restore_any(folder: Path) -> Path | None:
    """Do the same for the first state of a backend that needs it: a run reads those of other stacks too.

    Args:
        folder: the backend's `.pulumi` folder.
    """
    for state in sorted((folder / "stacks").glob(f"*/*{_SUFFIX}")):
        if copy := restore(folder, state.parent.name, state.name.removesuffix(_SUFFIX)):
            return copy
    return None


def _drop_broken_attributes(state: Path) -> bool:
    """Remove what the backend notes beside a state, its content's type and sum, where that was cut off.

    The backend reads a state without it, and not at all with half of it.
    """
    attributes = state.with_name(f"{state.name}.attrs")
    try:
        json.loads(attributes.read_bytes())
    except OSError:
        return False
    except ValueError:
        attributes.unlink(missing_ok=True)
        return True
    return False


def _copies(folder: Path, state: Path, project: str, stack: str) -> Iterator[Path]:
    yield state.with_name(f"{state.name}.bak")
    backups = (folder / "backups" / project / stack).glob(f"{stack}.*{_SUFFIX}")
    yield from sorted(backups, key=lambda file: file.stat().st_mtime_ns, reverse=True)


def is_whole(file: Path) -> bool:
    """Whether a state is one that the engine can read: there, and not cut off."""
    try:
        read_state_file(file)
    except (OSError, ValueError):
        return False
    return True
