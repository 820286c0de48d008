"""Tools as their projects publish them: downloaded where their sites answer, and compared with published checksums."""

import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from urllib.request import urlopen

from operations.toolchain.tools import Build, new_entry

_SECONDS_TO_ANSWER = 3.0
_SECONDS_OF_SILENCE = 30.0


def download(builds: Iterable[Build], pulumi: Path | None, tell: Callable[[str], None]) -> None:
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
            tell(f"Not downloaded: {titles}. No checksum came from {sites} in {_SECONDS_TO_ANSWER:.0f} s.")
        if answered := [build for build in published if build.title in answers]:
            tell(f"Downloading {', '.join(build.title for build in answered)} ...")
        for said in pool.map(lambda build: _try(build, answers[build.title], pulumi), answered):
            tell(said)
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
            work = partial / program
            work.mkdir()
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
