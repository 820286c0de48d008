"""The tools: the pinned programs that deploy and test, the user's cache of them, and where this checkout's are."""

import hashlib
import os
import platform
import re
import shutil
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from operations import checkout
from operations.console import out
from shared.errors import Refusal

MODULES = Path(__file__).resolve().parent / "modules"


@dataclass(frozen=True)
class Build:
    """Programs that one command builds, unless the user has all of them; modules/tools.toml tells the fields.

    The folder with the go.mod is one of `modules/`, or an absolute path.
    """

    title: str
    folder: str
    packages: Mapping[str, str] = field(default_factory=dict)
    pins: str = ""
    version: str = ""
    ldflags: str = ""
    copies: Sequence[Mapping[str, str]] = ()
    asked: Sequence[str] = ()
    accepts: Sequence[str] = ()
    url: str = ""
    sums: str = ""
    also: Sequence[str] = ()
    beside: str = ""
    plugin: str = ""
    large: bool = False
    on_demand: bool = False

    def __post_init__(self) -> None:
        """Read the version from go.mod, and put it where the table has `{version}`."""
        pin = re.search(rf"\b{re.escape(self.pins)} v(\S+)", (self.source / "go.mod").read_text())
        version = pin[1] if self.pins and pin else self.version
        system, machine = platform.system().lower(), platform.machine()
        arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
        known = {"version": version, "minor": version.split(".")[1], "os": system, "arch": arch}
        known |= {"x64": arch.replace("amd64", "x64"), "program": "{program}", "file": "{file}"}
        for name in ("ldflags", "plugin", "url", "sums"):
            object.__setattr__(self, name, getattr(self, name).format_map(known))
        object.__setattr__(self, "version", version)

    @property
    def label(self) -> str:
        """The title and the version, for messages."""
        return f"{self.title} {self.version}"

    @property
    def source(self) -> Path:
        """The folder with the go.mod, and with the Go files if there are any."""
        return MODULES / self.folder

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of what comes of it."""
        copied = (Path(one["target"]) for one in self.copies)
        return (*self.packages, *(path.name for path in copied if path.parts[0] == "bin"))

    @property
    def key(self) -> str:
        """A hash of all that the build reads: equal for equal tools on the same kind of machine."""
        machine = (platform.system(), platform.machine())
        inputs = (*machine, self.packages, self.version, self.ldflags, self.copies)
        digest = hashlib.sha256(repr(inputs).encode())
        for folder in (self.source, *(MODULES / one["pinned_by"] for one in self.copies)):
            for file in sorted(path for path in folder.iterdir() if path.is_file()):
                digest.update(file.name.encode() + file.read_bytes())
        return digest.hexdigest()[:16]

    @property
    def entry(self) -> Path:
        """The folder of the user's cache that has its tools in `bin`: complete, or not there."""
        return cache_folder() / "tools" / f"{self.tools[0]}-{self.key}"

    @property
    def downloads(self) -> dict[str, str]:
        """The URL of each file that is published of it, with that of what has its checksum."""
        urls = [self.url.format(program=program) for program in self.packages if self.url]
        return {url: self.sums.format(file=url) for url in urls}

    @property
    def site(self) -> str:
        """The host that publishes it."""
        return self.url.split("/")[2]

    @property
    def downloaded(self) -> Path:
        """The folder of the user's cache for what is downloaded instead, likewise."""
        return self.entry.with_name(f"{self.tools[0]}-{hashlib.sha256(self.url.encode()).hexdigest()[:16]}")


def builds() -> dict[str, Build]:
    """Every build of modules/tools.toml, by its title."""
    table = tomllib.loads((MODULES / "tools.toml").read_text())["build"]
    return {build.title: build for build in (Build(**one) for one in table)}


def cache_folder() -> Path:
    """The folder for what is built once for all checkouts of a user."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG rule: a relative path is to be ignored (https://specifications.freedesktop.org/basedir/).
    return (base if base.is_absolute() else Path.home() / ".cache") / "service-platform"


@contextmanager
def new_entry(entry: Path) -> Iterator[Path]:
    """A folder whose programs in `bin` are the entry after the block: whole, even after a crash of the machine.

    What a kill leaves has another name, and is in nobody's way.
    """
    partial = entry.with_name(f"{entry.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "bin").mkdir(parents=True)
    yield partial
    for folder in partial.iterdir():
        if folder.name != "bin":
            shutil.rmtree(folder)
    for program in (partial / "bin").iterdir():
        program.chmod(0o755)
        with program.open("rb") as file:
            os.fsync(file.fileno())
    partial.rename(entry)


def note_use(entry: Path) -> None:
    """Keep an entry of the user's cache from being removed as unused; what is outside of it is left alone."""
    if entry.parent == cache_folder() / "tools":
        with suppress(OSError):  # somebody else's cache
            os.utime(entry)


def remove_unused(days: int = 30, *, tell: bool = False) -> None:
    """Remove what no command of any checkout has used for some days; on request, tell of every entry."""
    for entry in sorted(path for path in (cache_folder() / "tools").glob("*") if path.is_dir()):
        age = (time.time() - entry.stat().st_mtime) / (24 * 3600)
        size = sum(file.lstat().st_size for file in entry.rglob("*")) / 1024**2
        unused = age >= days or entry.suffix == ".partial"
        if tell:
            fate = "removed" if unused else f"used {age:.0f} days ago"
            out.print(f"{size:6.0f} MiB  {entry.name}  {fate}", markup=False)
        if unused:
            # Half removed, it is not whole any more.
            shutil.rmtree(entry.rename(entry.with_name(f"{entry.name}.old.partial")))


@dataclass(frozen=True)
class Toolchain:
    """The tools of this checkout: the absolute path of each, by its name."""

    tools: Mapping[str, Path]

    def path(self, name: str) -> Path:
        """The absolute path of a tool, such as `pulumi` or `kube-apiserver`."""
        return self.tools[name]


def locate() -> Toolchain:
    """The tool chain that the last set-up of this checkout recorded; Refusal where it does not hold any more."""
    current = False
    with suppress(OSError):  # there was no set-up, or a tool is gone
        current = (checkout.LOCAL / "toolchain").read_text() == _state()
    if not current:
        fact = "The tool chain is not set up here, or a tool or its pinned version has changed since."
        raise Refusal(fact, "Run `make setup`.")
    tools = {link.name: link.readlink() for link in (checkout.LOCAL / "bin").iterdir()}
    for entry in {path.parent.parent for path in tools.values()}:
        note_use(entry)
    return Toolchain(tools)


def record(tools: Mapping[str, Path]) -> Toolchain:
    """Link each tool into `.local/bin`, and record what was linked.

    One folder of links shadows nothing else on PATH, such as a Python beside a system's kubectl.
    """
    links = checkout.local_folder("bin")
    for old in links.iterdir():
        old.unlink()
    for name, path in tools.items():
        (links / name).symlink_to(path)
    (checkout.LOCAL / "toolchain").write_text(_state())
    return Toolchain(tools)


def _state() -> str:
    """What the tools are built from, and each tool's place, size and time of change; OSError where one is gone."""
    lines = [build.key for build in builds().values() if not build.on_demand]
    for link in sorted((checkout.LOCAL / "bin").iterdir()):
        status = link.stat()
        lines.append(f"{link.name} {link.readlink()} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(lines)
