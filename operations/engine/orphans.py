"""Provider plugins whose engine was killed: they wait for it for good, with some hundred megabytes each."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import psutil

_ENGINE = "pulumi"


def end_orphans(folders: Sequence[Path]) -> int:
    """End the provider plugins of these folders that no engine has as its child any more.

    One that an engine still uses is that engine's child, whoever started it: a run beside this one keeps its own.

    Args:
        folders: where the checkout's own programs stand. Plugins of other checkouts stand elsewhere.

    Returns:
        How many were ended.
    """
    prefixes = tuple(f"{folder}/pulumi-resource-" for folder in folders)
    ended = 0
    for process in psutil.process_iter(["cmdline"]):
        if not (process.info["cmdline"] or [""])[0].startswith(prefixes):
            continue
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            parent = process.parent()
            if parent is None or parent.name() != _ENGINE:
                process.kill()
                ended += 1
    return ended
