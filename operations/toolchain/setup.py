"""Set-up: each tool the user's own, or from the user's cache, or else downloaded or built from source.

What is downloaded is as its project publishes it, where its site answers, and is compared with its published checksum.
"""

import fcntl
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.request import urlopen

from operations.console import err
from operations.toolchain.source import Compiler
from operations.toolchain.tools import (
    Build,
    builds,
    cache_folder,
    locate,
    new_entry,
    note_use,
    record,
    remove_unused,
)
from shared.errors import Failure, Refusal

Way = Literal["auto", "download", "source"]
"""Where tools come from that the user has not: their projects' sites and else source, or only one of the two."""

_SECONDS_TO_ANSWER = 3.0
_SECONDS_OF_SILENCE = 30.0
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
            _download_published(missing, None if pulumi.is_relative_to(cache_folder()) else pulumi)
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


def _download_published(builds: Iterable[Build], pulumi: Path | None) -> None:
    """Download what is published, by sites that answer in time, and is what it should be; say so of each.

    The user's own `pulumi` installs its plugins itself.
    """
    published = [build for build in builds if build.url]
    pool = ThreadPoolExecutor(max(1, len(published)))
    try:
        asked = {build.title: pool.submit(_checksums, build) for build in published}
        wait(asked.values(), _SECONDS_TO_ANSWER)
        answers = {title: one.result() for title, one in asked.items() if one.done() and not one.exception()}
        if silent := [build for build in published if build.title not in answers]:
            sites = ", ".join(sorted({build.site for build in silent}))
            titles = ", ".join(build.title for build in silent)
            _tell(f"Not downloaded: {titles}. No checksum came from {sites} in {_SECONDS_TO_ANSWER:.0f} s.")
        if answered := [build for build in published if build.title in answers]:
            _tell(f"Downloading {', '.join(build.title for build in answered)} ...")
        for said in pool.map(lambda build: _try(build, answers[build.title], pulumi), answered):
            _tell(said)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _checksums(build: Build) -> dict[str, str]:
    """The SHA-256 of each file: what publishes it is GitHub's description of a release, or has nothing else."""
    found = {}
    for url, sums in build.downloads.items():
        with urlopen(sums, timeout=_SECONDS_TO_ANSWER) as answer:  # noqa: S310 - all URLs are those of tools.toml
            text = answer.read().decode().strip()
        if text.startswith("{"):
            digests = {asset["name"]: asset["digest"] for asset in json.loads(text)["assets"]}
            text = digests[url.rpartition("/")[2]].removeprefix("sha256:")
        if not re.fullmatch("[0-9a-f]{64}", text):
            raise ValueError(text)
        found[url] = text
    return found


def _try(build: Build, checksums: Mapping[str, str], pulumi: Path | None) -> str:
    """Download a build, and say how that went."""
    try:
        if build.plugin and pulumi:
            _install_plugin(build, checksums, pulumi)
            return f"{build.label}: installed by {pulumi} from {build.site}"
        _fetch(build, checksums)
    except (OSError, http.client.HTTPException, shutil.ReadError, LookupError) as error:
        return f"{build.label}: could not be downloaded from {build.site}: {error}"
    return f"{build.label}: downloaded from {build.site}"


def _install_plugin(build: Build, checksums: Mapping[str, str], pulumi: Path) -> None:
    kind, name, _ = build.plugin.split("-")
    with tempfile.TemporaryDirectory() as folder:
        # The checksum is ours to verify: that of pulumi 3.218 is always the one of an empty file.
        files = [_download(url, checksum, Path(folder)) for url, checksum in checksums.items()]
        command: list[str | Path] = [pulumi, "plugin", "install", kind, name, build.version, "--file", *files]
        environment = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1])


def _fetch(build: Build, checksums: Mapping[str, str]) -> None:
    with new_entry(build.downloaded) as partial:
        for program, url in zip(build.packages, checksums, strict=False):  # an archive has all programs
            (work := partial / program).mkdir()
            file = _download(url, checksums[url], work)
            programs = {program: file}
            if ".tar." in file.name:
                shutil.unpack_archive(file, work)
                unpacked = {path.name: path for path in work.rglob("*") if path.is_file()}
                programs = {name: unpacked[name] for name in (*build.packages, *build.also)}
            for name, path in programs.items():
                path.rename(partial / "bin" / name)


def _download(url: str, checksum: str, folder: Path) -> Path:
    file = folder / url.rpartition("/")[2]
    with urlopen(url, timeout=_SECONDS_OF_SILENCE) as answer, file.open("wb") as target:  # noqa: S310 - as above
        shutil.copyfileobj(answer, target)
    with file.open("rb") as whole:
        if hashlib.file_digest(whole, "sha256").hexdigest() != checksum:
            raise OSError("it is not what its published checksum says")
    return file


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
