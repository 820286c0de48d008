"""Faults: what went wrong in a build, as one sentence of fact and one of remedy."""

import errno
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from operations.toolchain.go import Go
from operations.toolchain.tools import Recipe
from shared.refusal import Refusal

_FULL = ("no space left on device", "disk quota exceeded")
_NO_NETWORK = (
    "dial tcp",
    "no such host",
    "proxyconnect",
    "network is unreachable",
    "connection refused",
    "connection reset by peer",
    "i/o timeout",
    "tls handshake",
    "temporary failure in name resolution",
    "module lookup disabled by goproxy=off",
    "bad gateway",
    "service unavailable",
)
_NO_HOME = ("gocache is not defined", "neither gomodcache nor gopath is set")
_OUT_OF_MEMORY = ("signal: killed", "cannot allocate memory", "out of memory")
_LINES = 15
_MIB_A_GIB = 1024


def build_failed(recipe: Recipe, log: Path) -> Refusal:
    """Why a build's command failed, read from its log.

    Args:
        recipe: what was built.
        log: the file with all that Go printed.
    """
    text = log.read_text(errors="replace")
    low = text.lower()
    again = "run `make setup` again: it goes on where it stopped"
    if any(sign in low for sign in _FULL):
        return disk_full(recipe)
    if any(sign in low for sign in _NO_NETWORK):
        return Refusal(
            f"{recipe.label} could not be built: Go cannot reach the module proxy (see {log}).",
            f"Connect this machine or set GOPROXY to a proxy that it can reach; then {again}.",
        )
    if any(sign in low for sign in _NO_HOME):
        return Refusal(
            f"{recipe.label} could not be built: Go has no folder for its caches.",
            "Set HOME to a folder that you can write.",
        )
    if any(sign in low for sign in _OUT_OF_MEMORY):
        return Refusal(
            f"{recipe.label} could not be built: the system ended the compiler, likely for want of memory.",
            f"Have 6 GiB of memory free; then {again}.",
        )
    last = "\n".join(f"    {line}" for line in text.rstrip().splitlines()[-_LINES:])
    return Refusal(f"{recipe.label} could not be built; Go's last lines were:\n{last}", f"See {log}.")


def disk_full(recipe: Recipe) -> Refusal:
    """The disk filled up while a recipe was built.

    Args:
        recipe: what was built.
    """
    need = recipe.disk + recipe.size
    return Refusal(
        f"The disk is full: {recipe.label} could not be built.",
        f"Free {_gib(need)}, then run `make setup` again: it goes on where it stopped.",
    )


def unwritable(recipe: Recipe, error: OSError) -> Refusal:
    """A file could not be written or read while a recipe was built.

    Args:
        recipe: what was built.
        error: what the system said.
    """
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full(recipe)
    return Refusal(
        f"{recipe.label} could not be built: {error}.", "Put this right, then run `make setup` again."
    )


def check_disk(cold: Iterable[Recipe], warm: Iterable[Recipe], cache: Path, go: Go) -> None:
    """Refuse before a build that the disk cannot hold.

    Args:
        cold: what was never built here: it also fills Go's caches.
        warm: what was built or begun here before: Go's caches have most of it.
        cache: the folder for built tools.
        go: the Go that will build.

    Raises:
        Refusal: a disk has less free than is needed.
    """
    cold, warm = list(cold), list(warm)
    needs: dict[int, int] = {}
    places: dict[int, Path] = {}
    amounts = {
        go.build_cache: sum(recipe.disk for recipe in cold),
        cache: sum(recipe.size for recipe in cold + warm),
    }
    for folder, amount in amounts.items():
        there = _existing(folder)
        device = there.stat().st_dev
        needs[device] = needs.get(device, 0) + amount
        places.setdefault(device, there)
    _refuse_full(needs, places)


def _refuse_full(needs: Mapping[int, int], places: Mapping[int, Path]) -> None:
    for device, need in needs.items():
        free = shutil.disk_usage(places[device]).free // 2**20
        if free < need:
            raise Refusal(
                f"Building the tools needs {_gib(need)} on the disk of {places[device]}, "
                f"which has {_gib(free)} free.",
                f"Free {_gib(need - free)}, or set XDG_CACHE_HOME and GOCACHE to folders on a larger disk; "
                "then run `make setup` again.",
            )


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _gib(mebibytes: int) -> str:
    return f"{mebibytes / _MIB_A_GIB:.1f} GiB" if mebibytes >= _MIB_A_GIB else f"{max(mebibytes, 1)} MiB"


@contextmanager
def disk_full_elsewhere() -> Iterator[None]:
    """Turn a disk that fills up outside a build (a record, a lock) into a refusal.

    Raises:
        Refusal: the disk is full, or a file of the checkout or the cache cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Refusal("The disk is full.", "Free some MiB, then run `make setup` again.") from error
        raise Refusal(
            f"The tool chain cannot be recorded: {error}.", "Put this right, then run `make setup` again."
        ) from error
