"""Tools from source: built by Go, as many at a time as cores and memory allow."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

import psutil

from operations.toolchain.tools import MODULES, Build, new_entry
from shared.errors import Failure, Refusal

_COMPILER, _LINK, _LARGE_LINK, _REST = 1.7, 2.0, 4.4, 1.0
"""GiB at most: to compile the largest package, for most links, for the provider's, and for everything else."""

_COMPILED = ("-trimpath", "-gcflags=all=-dwarf=false")
"""The programs are stripped, so that nothing reads what compilers would write for debuggers: 8 % of their time."""

_COLLECTING = {"GOGC": "off", "GOMEMLIMIT": f"{_COMPILER * 1000:.0f}MiB"}
"""Compilers collect garbage where they would need more than their share alone: it is a fifth of their time."""

_KEPT = ("GOPROXY", "GOCACHE", "GOMODCACHE", "GOPATH")


def plan(cores: int, gib: float) -> tuple[int, int, bool]:
    """How many builds at a time, with how many compilers each, and whether the large one comes after all others."""
    at_once = max(1, min(cores, int((gib - _REST) / _LINK)))
    builds = min(at_once, 2 if at_once < 6 else 3)  # noqa: PLR2004 - while one links, the others compile
    others = (builds - 1) * max(at_once // builds * _COMPILER, _LINK)
    return builds, at_once // builds, _REST + _LARGE_LINK + others > gib


class Compiler:
    """Go, in an environment in which neither settings nor compilers of this machine change what is built.

    Each `go` inherits the lock, an open file, so that after a kill the next set-up waits for those left running.
    Refusal where there is no working Go on PATH.
    """

    def __init__(self, lock: int, tell: Callable[[str], None]) -> None:
        self._lock, self._tell = lock, tell
        memory = psutil.virtual_memory().total
        with suppress(OSError, ValueError):  # of a container; not on other systems, or without a limit
            memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
        self._plan = plan(os.cpu_count() or 1, memory / 1024**3)
        self._running: list[subprocess.Popen[str]] = []
        self._go = shutil.which("go") or ""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "CGO_"))}
        # Where Go gets modules from and keeps what it compiled is the user's; an old Go would get another Go.
        theirs = {name: os.environ[name] for name in ("GOENV", *_KEPT) if name in os.environ}
        fixed = {"GOENV": "off", "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}
        fixed["GOFLAGS"] = "-buildvcs=false -mod=readonly -modcacherw"
        try:
            environment = inherited | {"GOTOOLCHAIN": "local"} | theirs
            said = subprocess.check_output([self._go, "env", "-json", *_KEPT], env=environment)
        except (OSError, subprocess.SubprocessError):
            fact = "There is no working Go on PATH to build the tools."
            remedy = "Install Go 1.26.6 or later, or put all tools at the pinned versions on PATH"
            raise Refusal(fact, f"{remedy}; then run `make setup` again.") from None
        self._environment = inherited | json.loads(said) | fixed

    def build(self, builds: list[Build]) -> None:
        """Build each into its entry of the cache; Failure where one fails. After a kill, the next call goes on."""
        at_once, compilers, large_apart = self._plan
        every = at_once * compilers
        self._tell(f"Building {len(builds)} from source, {at_once} at a time, {every} compilers ...")
        apart = [build for build in builds if build.large and large_apart]
        with ThreadPoolExecutor(at_once) as pool:
            try:
                at_first = [build for build in builds if build not in apart]
                for some, each in ((at_first, compilers), (apart, every)):
                    jobs = {pool.submit(self._build, one, each): one for one in some}
                    for done in as_completed(jobs):
                        if isinstance(error := done.exception(), OSError):
                            raise failure(jobs[done], str(error))
                        done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for process in self._running:
                    if process.poll() is None:
                        # The compilers that it started too: a link takes gigabytes.
                        os.killpg(process.pid, signal.SIGKILL)
                raise

    def _build(self, build: Build, compilers: int) -> None:
        begun = time.monotonic()
        self._tell(f"{build.label}: building ...")
        with new_entry(build.entry) as partial:
            source = Path(shutil.copytree(build.source, partial / "source"))
            (partial / "temporary").mkdir()
            for copy in build.copies:
                pinned = MODULES / copy["pinned_by"]
                listed = self._run(build, pinned, "mod", "download", "-json", copy["module"])
                shutil.copyfile(Path(json.loads(listed)["Dir"]) / copy["source"], partial / copy["target"])
            # All programs compile together, and then link one after another.
            options = ("-export", "-deps", *_COMPILED, "-p", str(compilers), "-f", "{{.Name}}")
            self._run(build, source, "list", *options, *build.packages.values(), **_COLLECTING)
            for program, package in build.packages.items():
                flags = (*_COMPILED, "-p", "1", "-ldflags", f"-s -w {build.ldflags}".rstrip())
                self._run(build, source, "build", *flags, "-o", f"{partial}/bin/{program}", package)
        minutes, seconds = divmod(round(time.monotonic() - begun), 60)
        self._tell(f"{build.label}: built in {minutes} min {seconds} s")

    def _run(self, build: Build, folder: Path, *arguments: str, **environment: str) -> str:
        process = subprocess.Popen(
            [self._go, *arguments],
            cwd=folder,
            env=self._environment | environment | {"GOTMPDIR": f"{build.entry}.partial/temporary"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=(self._lock,),
            start_new_session=True,
        )
        self._running.append(process)
        output, errors = process.communicate()
        if process.returncode:
            # `go mod download -json` tells on stdout what went wrong.
            raise failure(build, output + errors)
        return output


def failure(build: Build, said: str) -> Failure:
    """Why a build failed, by all that Go printed."""
    for fault in tomllib.loads((MODULES / "faults.toml").read_text())["fault"]:
        if re.search(fault["pattern"], said, re.IGNORECASE):
            remedy = f"{fault['remedy']}; then run `make setup` again: it goes on where it stopped."
            return Failure(f"{build.label} could not be built: {fault['fact']}.", remedy)
    last = "\n".join(f"    {line}" for line in said.rstrip().splitlines()[-15:])
    fact = f"{build.label} could not be built; Go's last lines were:\n{last}"
    return Failure(fact, "Run `make setup` again.")
