"""What is published is downloaded where its site answers, verified by its published checksum; otherwise it is built."""

import errno
import platform
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from operations.toolchain.setup import provide
from operations.toolchain.tools import Build, builds, cache_folder
from shared.errors import Failure
from tests.site import Site, serve
from tests.unit.operations.toolchain.conftest import Place

NAMES = [name for build in builds().values() if not build.on_demand for name in build.tools]
PROGRAMS = {name: f"#!/bin/sh\necho {name}\n".encode() for name in NAMES}
KWOK = "github.com/kubernetes-sigs/kwok/releases/download/v0.8.0/"
_GO = """case "$1" in
  env) echo '{}' ;;
  build) while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\necho built' > "$2" ;;
esac"""


def offered(site: Site, *titles: str) -> list[Build]:
    """Builds, all of set-up where none is named, that the sites publish for the machine that this is taken for."""
    return [
        site.offers(build)
        for build in builds().values()
        if build.title in titles or not (titles or build.on_demand)
    ]


@pytest.fixture
def site(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Sites that publish everything, for a user of Linux who has no Go."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setenv("PATH", str(place.bin))
    with serve() as site:
        site.publish_all(PROGRAMS)
        yield site


@pytest.fixture
def go(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Go that builds a program which says so."""
    place.script("go", _GO)
    monkeypatch.setenv("PATH", f"{place.bin}:/bin:/usr/bin")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "arm64"])
def test_where_all_sites_answer_everything_is_downloaded_and_no_go_is_needed(
    site: Site, machine: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    site.publish_all(PROGRAMS, arch="amd64" if machine == "x86_64" else "arm64")
    tools = provide(offered(site), "auto")
    assert {name: path.read_bytes() for name, path in tools.items()} == PROGRAMS
    assert all(path.stat().st_mode & 0o111 and cache_folder() in path.parents for path in tools.values())
    assert not list((cache_folder() / "tools").glob("*.partial"))
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 + 8, told  # Pulumi's Python host is found beside Pulumi
    assert sum(": downloaded from 127.0.0.1" in line for line in told) == 8 - 1

    asked = len(site.asked)
    assert provide(offered(site), "auto") == tools
    assert len(site.asked) == asked


@pytest.mark.usefixtures("go")
def test_what_is_not_what_its_checksum_says_is_not_taken_and_built_instead(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.files[f"{KWOK}kwokctl-linux-amd64"] = b"something else"
    (kwok,) = offered(site, "kwok")
    tools = provide([kwok])
    assert "built" in tools["kwok"].read_text()
    assert tools["kwok"].parents[1] == kwok.entry
    told = capsys.readouterr().err
    assert f"could not be downloaded from {site.url[7:]}: it is not what its published checksum says" in told
    assert "kwok 0.8.0: built in" in told


def test_what_arrives_by_half_is_not_taken_and_the_same_command_goes_on(site: Site) -> None:
    (kwok,) = offered(site, "kwok")
    site.cut_short = {f"{KWOK}kwok-linux-amd64"}
    with pytest.raises(Failure, match="Not downloaded: kwok") as failed:
        provide([kwok], "download")
    assert "make setup" in failed.value.remedy
    assert not kwok.downloaded.exists()
    site.cut_short = set()
    assert provide([kwok], "download")["kwok"].read_bytes() == PROGRAMS["kwok"]


@pytest.mark.usefixtures("go")
@pytest.mark.parametrize(
    "what", ["silent", "refuses", "has nothing", "has no checksums", "says something else"]
)
def test_where_no_site_answers_all_are_built_after_three_seconds_at_most(
    site: Site, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = [replace(build, copies=(), asked=()) for build in offered(site) if not build.beside]
    if what == "silent":
        site.silent.set()
    elif what == "refuses":
        url = "http://127.0.0.1:1/{program}"
        wanted = [replace(build, url=url, sums="{file}.sha256") for build in wanted]
    elif what == "has nothing":
        site.files.clear()
    else:
        text = b'{"assets": [{"name": "x", "digest": null}]}' if what == "has no checksums" else b"<html>"
        site.files = dict.fromkeys(site.files, text)
    begun = time.monotonic()
    tools = provide(wanted)
    assert time.monotonic() - begun < 60
    assert all("built" in path.read_text() for path in tools.values())
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith(
        "Not downloaded: Kubernetes provider, Kubernetes, Pulumi, metrics-server, kwok, kubectl"
    )
    assert second.startswith("Building 7 from source")


def test_what_is_asked_for_from_source_is_never_downloaded(site: Site, go: None) -> None:
    (kwok,) = offered(site, "kwok")
    provide([kwok], "download")
    asked = len(site.asked)
    assert "built" in provide([kwok], "source")["kwok"].read_text()
    assert len(site.asked) == asked


@pytest.mark.parametrize("where", ["download", "source"])
def test_a_full_disk_is_told_with_what_helps(
    site: Site, go: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    monkeypatch.setattr("shutil.copytree", full)
    if where == "source":
        site.files.clear()
    with pytest.raises(Failure, match=r"kwok 0\.8\.0 could not be built: the disk is full") as failed:
        provide(offered(site, "kwok"))
    assert "Free 5 GiB; then run `make setup` again" in failed.value.remedy
    assert where == "source" or "No space left on device" in capsys.readouterr().err
    monkeypatch.undo()
