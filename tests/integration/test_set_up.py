"""Where the projects' sites answer, set-up takes less than a minute, and nothing is compiled."""

import time
from pathlib import Path

import pytest

from operations.toolchain import locate
from operations.toolchain.tools import builds
from tests.checkout import Checkout
from tests.site import serve

_OTHERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok", "kwokctl")
_PUBLISHED = (*_OTHERS, "metrics-server", "etcd", "pulumi-resource-kubernetes")
_HOSTS = ("pulumi-language-python", "pulumi-language-python-exec")


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The PATH of a user who has a Pulumi of another version and no Go, and nothing in the cache yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    tools = locate().tools
    for name in _HOSTS:
        (folder / name).symlink_to(tools[name])
    oldest, _ = builds()["Pulumi"].accepts
    mine = folder / "pulumi"
    mine.write_text(f'#!/bin/sh\n[ "$1" = version ] && exec echo v{oldest}\nexec {tools["pulumi"]} "$@"\n')
    mine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    return folder


def test_with_a_pulumi_of_another_version_and_the_sites_reachable_nothing_is_compiled(
    tmp_path: Path, bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = Checkout.create(tmp_path / "checkout")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    programs = {name: f"#!/bin/sh\necho {name}\n".encode() for name in _PUBLISHED}
    with serve() as site:
        system, arch = builds()["kubectl"].url.split("/")[-3:-1]
        site.publish_all(programs | dict.fromkeys(("pulumi", *_HOSTS), b""), system, arch)
        table = checkout.root / "operations" / "toolchain" / "modules" / "tools.toml"
        table.write_text(table.read_text().replace("https://", f"{site.url}/"))
        begun = time.monotonic()
        text = checkout.make("setup", TOOLS="download").text
        assert time.monotonic() - begun < 240
    assert f"Pulumi: found at {bin_folder}/pulumi" in text
    assert f"Kubernetes provider 4.25.0: installed by {bin_folder}/pulumi from 127.0.0.1" in text
    assert "Tool chain ready" in text
    assert "uilding" not in text
    links = checkout.root / ".local" / "bin"
    assert {name: (links / name).read_bytes() for name in programs} == programs
    plugins = checkout.root / ".local" / "pulumi-home" / "plugins"
    assert (links / "pulumi-resource-kubernetes").readlink().is_relative_to(plugins)

    shown = checkout.make("clean-tools").text
    assert shown.count(" used 0 days ago") == 5
    assert checkout.make("clean-tools", DAYS="0").text.count(" removed") == 5
    assert [path.name for path in (tmp_path / "cache" / "service-platform" / "tools").iterdir()] == [
        "build.lock"
    ]
    assert "The tool chain is not set up here" in checkout.refused("overview")
