"""The cache keeps what commands use, and drops what none has used for a month."""

import os
import time
from pathlib import Path

from operations.toolchain import locate
from operations.toolchain.tools import cache_folder, record, remove_unused
from tests.unit.operations.toolchain.conftest import Place


def cached(place: Place, name: str, days: float) -> Path:
    """Put a tool into the cache, last used some days ago."""
    entry = cache_folder() / "tools" / name
    place.program("tool", "tool", entry / "bin")
    then = time.time() - days * 24 * 3600
    os.utime(entry, (then, then))
    return entry


def test_what_no_command_has_used_for_a_month_is_removed(place: Place) -> None:
    old, young = cached(place, "old-1", 31), cached(place, "young-1", 29)
    half = cached(place, "half-1.partial", 0)
    remove_unused()
    assert (old.exists(), young.exists(), half.exists()) == (False, True, False)


def test_a_command_that_finds_its_tools_uses_them(place: Place) -> None:
    used = cached(place, "used-1", 31)
    theirs = place.program("other", "other", place.root / "usr" / "bin")
    before = theirs.parents[1].stat().st_mtime_ns
    record({"tool": used / "bin" / "tool", "other": theirs})
    locate()
    remove_unused()
    assert used.exists()
    assert theirs.parents[1].stat().st_mtime_ns == before
