"""What is missing is built by the Go on PATH, once for all checkouts of a user; a failure says what failed."""

import shutil
import subprocess

import pytest

from operations.toolchain.setup import provide
from operations.toolchain.source import failure
from operations.toolchain.tools import Build, builds
from shared.errors import Failure, Refusal
from tests.unit.operations.toolchain.conftest import Place

GO = shutil.which("go")
# Not that of the fixture's new user, who has compiled nothing yet.
GOCACHE = subprocess.check_output([GO, "env", "GOCACHE"], text=True).strip() if GO else ""
needs_go = pytest.mark.skipif(GO is None, reason="there is no Go on PATH")
PROVIDER = builds()["Kubernetes provider"]


@pytest.fixture
def hello(place: Place, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A module of a few lines, for which Go needs no network."""
    if GO is not None:
        monkeypatch.setenv("GOCACHE", GOCACHE)
        (place.bin / "go").symlink_to(GO)
    folder = place.root / "hello"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/hello\n\ngo 1.24\n")
    (folder / "main.go").write_text(
        'package main\n\nvar said = "nothing"\n\nfunc main() { println(said) }\n',
    )
    return Build("Hello", str(folder), {"hello": "."}, version="1.2.3", ldflags="-X main.said=v{version}")


@needs_go
def test_a_missing_tool_is_built_as_pinned_and_then_there_for_everybody(
    hello: Build, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = place.root / "go-env"
    settings.write_text("GOFLAGS=-mod=vendor -tags=theirs\nGOOS=plan9\n")
    theirs = {"GOENV": str(settings), "GOWORK": str(settings), "GOARCH": "wasm", "GOEXPERIMENT": "no-such"}
    for name, value in (theirs | {"CC": "no-such", "CGO_LDFLAGS": "-lnothing"}).items():
        monkeypatch.setenv(name, value)
    # What a killed set-up left is not a tool, and in nobody's way.
    half = hello.entry.with_name(f"{hello.entry.name}.partial") / "bin" / "hello"
    half.parent.mkdir(parents=True)
    half.touch()
    program = provide([hello])["hello"]
    assert "v1.2.3" in subprocess.run([program], capture_output=True, text=True, check=True).stderr
    assert {path.name for path in hello.entry.parent.iterdir()} == {"build.lock", hello.entry.name}
    (place.bin / "go").unlink()
    assert provide([hello]) == {"hello": program}


@needs_go
def test_of_the_users_go_settings_only_the_proxy_and_the_caches_reach_a_build(
    hello: Build, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = place.root / "go-env"
    settings.write_text("GOPROXY=https://mirror.example\nGONOSUMDB=*\nGOINSECURE=*\nGOPRIVATE=*\n")
    theirs = {"GOENV": str(settings), "GOFLAGS": "-insecure", "GOSUMDB": "off"}
    for name, value in (theirs | {"GOINSECURE": "*", "CGO_ENABLED": "1", "CGO_CFLAGS": "-Dtheirs"}).items():
        monkeypatch.setenv(name, value)
    (place.bin / "go").unlink()
    seen = place.root / "seen"
    place.script("go", f'[ "$1" = env ] || env > {seen}\nexec {GO} "$@"')
    monkeypatch.setenv("PATH", f"{place.bin}:/usr/bin:/bin")
    provide([hello])
    given = dict(line.split("=", 1) for line in seen.read_text().splitlines() if "=" in line)
    assert {name for name in given if name.startswith(("GO", "CGO_"))} == {
        *("GOPROXY", "GOCACHE", "GOMODCACHE", "GOPATH"),
        *("GOENV", "GOFLAGS", "GOTOOLCHAIN", "GOWORK", "GOTMPDIR", "CGO_ENABLED"),
    }
    assert given["GOPROXY"] == "https://mirror.example"
    assert (given["GOENV"], given["CGO_ENABLED"]) == ("off", "0")
    assert "insecure" not in given["GOFLAGS"]


@needs_go
def test_a_build_that_fails_says_what_go_said(hello: Build) -> None:
    (hello.source / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    with pytest.raises(Failure, match=r"Hello 1.2.3 could not be built[\s\S]*undefined: nonsense"):
        provide([hello])
    assert not hello.entry.exists()


def test_without_go_it_says_what_to_install(
    hello: Build, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.bin / "go").unlink(missing_ok=True)
    monkeypatch.setenv("PATH", str(place.bin))
    with pytest.raises(Refusal, match="no working Go on PATH") as refused:
        provide([hello])
    assert "Install Go" in refused.value.remedy


@pytest.mark.parametrize(
    ("said", "fact", "remedy"),
    [
        ("dial tcp: lookup proxy: no such host", "cannot reach the module proxy", "set GOPROXY"),
        ("proxyconnect tcp: i/o timeout", "cannot reach the module proxy", "Connect this machine"),
        ("x: module lookup disabled by GOPROXY=off", "cannot reach the module proxy", "set GOPROXY"),
        ("write /tmp/x: no space left on device", "the disk is full", "Free 5 GiB"),
        ("compile: signal: killed", "the compiler was killed, probably out of memory", "6 GiB"),
        ("go: go.mod requires go >= 1.26.0 (running go 1.22.1)", "too old", "Install Go"),
        ("x.go:1: undefined: y", "undefined: y", "make setup"),
    ],
)
def test_a_failed_build_is_one_sentence_and_a_remedy(said: str, fact: str, remedy: str) -> None:
    told = failure(PROVIDER, said)
    assert told.fact.startswith("Kubernetes provider 4.25.0 could not be built")
    assert fact in told.fact
    assert remedy in told.remedy
