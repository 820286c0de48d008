"""How much Go source a set-up compiles: `python -m tests.compiled_source`.

Go's cache is keyed by content, so that what two tools have in the same version is compiled once.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from operations.toolchain.tools import Build, builds

BYTES = 10**6


class Source(NamedTuple):
    """Compiled packages: how many, and how many bytes of Go they have."""

    packages: int
    size: int


def compiled(build: Build) -> dict[str, int]:
    """The bytes of each package that a build compiles, by the package's path and its module's version.

    Raises:
        CalledProcessError: a module was not downloaded.
    """
    said = subprocess.run(
        [
            "go",
            "list",
            "-deps",
            "-e",
            "-json=ImportPath,Dir,GoFiles,CgoFiles,Module,Standard",
            *build.packages.values(),
        ],
        cwd=build.source,
        env=os.environ
        | {
            "GOFLAGS": "-mod=readonly",
            "GOPROXY": "off",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "CGO_ENABLED": "0",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {_name(package): _size(package) for package in _documents(said)}


def distinct(wanted: Mapping[str, Build]) -> Source:
    """What some builds compile together."""
    sizes = [size for versions in by_version(wanted).values() for size in versions.values()]
    return Source(len(sizes), sum(sizes))


def in_one_version(wanted: Mapping[str, Build]) -> Source:
    """What they would, if each package was in one version, its largest."""
    packages = {path: max(versions.values()) for path, versions in by_version(wanted).items()}
    return Source(len(packages), sum(packages.values()))


def twice(wanted: Mapping[str, Build]) -> dict[str, tuple[int, set[str]]]:
    """The modules that are compiled in several versions: how many bytes more than in one, and the versions."""
    found: dict[str, tuple[int, set[str]]] = {}
    for path, versions in by_version(wanted).items():
        if len(versions) > 1:
            module = "/".join(path.split("/")[:3])
            more, known = found.get(module, (0, set[str]()))
            found[module] = more + sum(versions.values()) - max(versions.values()), known | set(versions)
    return dict(sorted(found.items(), key=lambda item: -item[1][0]))


def by_version(wanted: Mapping[str, Build]) -> dict[str, dict[str, int]]:
    """The bytes of each package that some builds compile, by its path and its module's version."""
    packages: dict[str, dict[str, int]] = {}
    for build in wanted.values():
        for name, size in compiled(build).items():
            path, _, version = name.partition("@")
            packages.setdefault(path, {})[version] = size
    return packages


def of_setup() -> dict[str, Build]:
    """The builds of a set-up."""
    return {title: build for title, build in builds().items() if not build.on_demand}


def _documents(text: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        at += len(text[at:]) - len(text[at:].lstrip())


def _name(package: Mapping[str, Any]) -> str:
    module = package.get("Module", {})
    return f"{package['ImportPath']}@{module.get('Replace', module).get('Version', '')}"


def _size(package: Mapping[str, Any]) -> int:
    if package.get("Standard"):
        return 0
    files = [*package.get("GoFiles", ()), *package.get("CgoFiles", ())]
    return sum((Path(package["Dir"]) / file).stat().st_size for file in files)


if __name__ == "__main__":
    for title, build in of_setup().items():
        print(f"{title:<24} {sum(compiled(build).values()) / BYTES:6.0f} MB")  # noqa: T201
    for what, source in {
        "distinct": distinct(of_setup()),
        "in one version": in_one_version(of_setup()),
    }.items():
        print(f"{what:<24} {source.size / BYTES:6.0f} MB in {source.packages} packages")  # noqa: T201
    for module, (more, versions) in list(twice(of_setup()).items())[:10]:
        print(f"  {module}: {more / BYTES:.1f} MB more for {', '.join(sorted(versions))}")  # noqa: T201
