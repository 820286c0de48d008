"""Provider plugins whose engine was killed: they wait for it for good, with some hundred megabytes each."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

_ENGINE = "pulumi"


def running_plugins(folders: Sequence[Path]) -> Iterator[psutil.Process]:
    """The provider plugins that run.

    Args:
        folders: where the checkout's own programs stand. Plugins of other checkouts stand elsewhere.
    """
    prefixes = tuple(f"{folder}/pulumi-resource-" for folder in folders)
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [""])[0].startswith(prefixes):
            yield process


def end_orphans(folders: Sequence[Path]) -> int:
    """End the provider plugins that no engine has as its child any more.

    One that an engine still uses is that engine's child, whoever started it: a run beside this one keeps its own.

    Args:
        folders: where the checkout's own programs stand.

    Returns:
        How many were ended.
    """
    ended = 0
    for process in running_plugins(folders):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            parent = process.parent()
            if parent is None or parent.name() != _ENGINE:
                process.kill()
                ended += 1
    return ended
