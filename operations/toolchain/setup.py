"""Set-up: each tool the user's own, or from the user's cache, or else downloaded or built from source."""

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from operations.console import err
from operations.toolchain.download import download
from operations.toolchain.source import Compiler
from operations.toolchain.tools import (
    Build,
    builds,
    cache_folder,
    locate,
    note_use,
    record,
    remove_unused,
)
from shared.errors import Failure, Refusal

Way = Literal["auto", "download", "source"]
"""Where tools come from that the user has not: their projects' sites and else source, or only one of the two."""

_PROBE_SECONDS = 10


def setup(way: Way | Literal[""] = "") -> None:
    """Provide every tool and record where it is. Returns at once where the last record still holds and no way is asked.

    Refusal where a tool must be built and there is no Go; Failure where a download or a build failed.
    """
    begun = time.monotonic()
    chain = None
    with suppress(Refusal):
        chain = None if way else locate()
    chain = chain or record(provide((one for one in builds().values() if not one.on_demand), way or "auto"))
    err.print(f"Tool chain ready after {time.monotonic() - begun:.1f} s: {len(chain.tools)} tools.")


def provide(wanted: Iterable[Build], way: Way = "auto") -> dict[str, Path]:
    """Where each tool of some builds is, by its name; what is neither the user's own nor in the cache is fetched.

    The errors are those of `setup`.
    """
    tools: dict[str, Path] = {}
    missing = _take(wanted, way, tools)
    if not missing:
        return tools
    with _alone() as lock:
        missing = _take(missing, way, tools)
        if way != "source":
            pulumi = tools.get("pulumi", cache_folder())
            download(missing, None if pulumi.is_relative_to(cache_folder()) else pulumi, _tell)
            missing = _take(missing, way, tools)
        if missing and way == "download":
            titles = ", ".join(build.title for build in missing)
            raise Failure(f"Not downloaded: {titles}.", "`make setup TOOLS=auto` builds them from source.")
        if missing:
            Compiler(lock, _tell).build(missing)
            _take(missing, way, tools)
        remove_unused()
    return tools


def clean(days: int) -> None:
    """Remove the tools in the cache that no checkout has used for some days, and tell what is left."""
    with _alone():
        remove_unused(days, tell=True)
    err.print("Go's own caches stay; `go clean -cache -modcache` frees them, for all that you build with Go.")


def _take(wanted: Iterable[Build], way: Way, tools: dict[str, Path]) -> list[Build]:
    """Add the tools that are there to those that were found before; return the builds whose tools are not."""
    missing = []
    for build in wanted:
        entries = [build.entry] * (way != "download") + [build.downloaded] * (way != "source")
        if own := users_own(build, tools):
            err.print(f"{build.title}: found at {next(iter(own.values()))}", markup=False)
            tools |= own
        elif entry := next((entry for entry in entries if entry.is_dir()), None):
            note_use(entry)
            tools |= {name: entry / "bin" / name for name in build.tools}
        else:
            missing.append(build)
    return missing


@contextmanager
def _alone() -> Iterator[int]:
    """Be this user's only set-up, since two would need twice the memory; meanwhile tell what another one does.

    Yielded is the lock, an open file that whatever keeps on running inherits.
    """
    folder = cache_folder() / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("a+") as lock:
        told = ""
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            lock.seek(0)
            if told != (told := (lock.read().splitlines() or ["..."])[-1]):
                err.print(f"Waiting for another set-up: {told}", markup=False)
            time.sleep(0.2)
        lock.truncate(0)
        yield lock.fileno()


def _tell(text: str) -> None:
    """Say what this set-up does, to those who wait for it too."""
    err.print(text, markup=False)
    with suppress(OSError), (cache_folder() / "tools" / "build.lock").open("a") as lock:
        lock.write(f"{text}\n")


def users_own(build: Build, chosen: Mapping[str, Path]) -> dict[str, Path]:
    """The user's own programs for all tools of a build, at versions that work; empty where one is missing.

    A program that cannot be run, hangs or prints another version is not taken. `chosen` are the tools that were found
    before these.
    """
    folders: list[Path] = []
    if build.plugin:
        plugin = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins" / build.plugin
        # The engine's mark of a plugin that was not installed to its end.
        folders = [] if plugin.with_name(f"{plugin.name}.partial").exists() else [plugin.absolute()]
    elif build.beside:
        path = chosen.get(build.beside)
        folders = [path.parent, path.resolve().parent] if path else []
    elif build.asked:
        listed = [Path(one).absolute() for one in os.environ.get("PATH", "").split(os.pathsep) if one]
        # The links in a checkout's `.local/bin` are not the user's own.
        folders = [one for one in listed if not (one.parent / "toolchain").is_file()]
    found = {name: shutil.which(name, path=os.pathsep.join(map(str, folders))) for name in build.tools}
    own = {name: Path(path) for name, path in found.items() if path and _works(path, build)}
    return own if len(own) == len(found) else {}


def _works(program: str, build: Build) -> bool:
    """Whether a program prints the pinned version, or one of those that are accepted instead."""
    if not build.asked:
        return True
    try:
        said = subprocess.check_output(
            [program, *build.asked],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            timeout=_PROBE_SECONDS,
            env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except (OSError, subprocess.SubprocessError):
        return False
    # Neither 13.274.1 nor v3.274.1-alpha.1 is 3.274.1.
    number = re.search(rb"(?<![\d.])(\d+)\.(\d+)\.(\d+)(?![\d-])", said)
    version = [int(part) for part in number.groups()] if number else []
    lowest, highest = ([int(part) for part in one.split(".")] for one in build.accepts or [build.version] * 2)
    return lowest <= version and version[: len(highest)] <= highest
