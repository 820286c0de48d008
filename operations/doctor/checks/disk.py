"""The disk: is there room where states, clusters and tools are written?"""

import os
from collections.abc import Iterator
from pathlib import Path

from operations.doctor.finding import Finding
from operations.doctor.workplace import Workplace
from operations.toolchain import cache

_LEAST, _LITTLE = 64 * 1024**2, 1024**3
"""Bytes below which a run would be cut off, and below which one soon will be."""
_FEW_FILES = 1000


def disk(workplace: Workplace) -> Iterator[Finding]:
    """Look at the disk below each place, once a disk."""
    places = {"the checkout": workplace.local, "tools": cache.folder()}
    if workplace.backend_folder is not None:
        places["states"] = workplace.backend_folder
    seen: set[int] = set()
    for what, wanted in places.items():
        place = _existing(wanted)
        if place.stat().st_dev not in seen:
            seen.add(place.stat().st_dev)
            yield _judged(what, place)


def _judged(what: str, place: Path) -> Finding:
    found = os.statvfs(place)
    free = found.f_bavail * found.f_frsize
    # Some file systems count no files and say 0 of 0.
    files_left = found.f_favail if found.f_files else _FEW_FILES
    said = f"{free / 1024**3:.1f} GiB are free for {what}"
    if free < _LEAST or files_left == 0:
        reason = "" if free < _LEAST else ", but no more files can be made"
        return Finding(
            "failure", f"{said}{reason}.", str(place), "Free some space; runs are refused meanwhile."
        )
    if free < _LITTLE or files_left < _FEW_FILES:
        return Finding("warning", f"{said}, which is little.", str(place), "Free some space soon.")
    return Finding("ok", f"{said}.", str(place))


def _existing(path: Path) -> Path:
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
