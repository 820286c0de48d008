"""A user's own tools are used where they are at the pinned versions, and only there."""

import time
from pathlib import Path

import pytest

from operations import checkout
from operations.toolchain import setup
from operations.toolchain.setup import users_own
from operations.toolchain.tools import builds, record
from tests.unit.operations.toolchain.conftest import Place

PULUMI, KUBERNETES, PROVIDER, HOST = (
    builds()[title] for title in ("Pulumi", "Kubernetes", "Kubernetes provider", "Pulumi's Python host")
)
PLUGIN = "pulumi-resource-kubernetes"
HOSTS = ("pulumi-language-python", "pulumi-language-python-exec")


@pytest.mark.parametrize(
    ("title", "says", "taken"),
    [
        *(
            ("Pulumi", says, False)
            for says in (
                "v3.100.0",
                "v3.999.10",
                "v13.274.1",
                "v1.3.274.1",
                "v3.274.1-alpha.1",
                "no version",
                "",
            )
        ),
        ("kubectl", "Client Version: v1.35.0\nKustomize Version: v5.7.1", True),
        ("kubectl", "Client Version: v1.37.9", True),
        ("kubectl", "Client Version: v1.36.3+k3s1", True),
        ("kubectl", "Client Version: v1.34.9", False),
        ("kubectl", "Client Version: v1.38.0", False),
        ("etcd", "etcd Version: 3.6.12\nGit SHA: abc\nGo Version: go1.25.1", True),
        ("etcd", "etcd Version: 3.6.7\nGo Version: go1.25.1", False),
        ("etcd", "etcd Version: 3.7.0\nGo Version: go1.25.1", False),
        ("kwok", "kwok version v0.8.1", False),
    ],
)
def test_a_tool_at_a_version_that_is_known_to_work_is_taken_and_no_other(
    place: Place, title: str, says: str, *, taken: bool
) -> None:
    build = builds()[title]
    for name in build.tools:
        place.program(name, says)
    assert bool(users_own(build, {})) is taken


def test_any_pulumi_from_the_oldest_to_the_newest_that_the_tests_ran_with_is_taken(place: Place) -> None:
    oldest, newest = PULUMI.accepts
    for version in (oldest, PULUMI.version, newest):
        mine = place.program("pulumi", f"v{version}")
        assert users_own(PULUMI, {}) == {"pulumi": mine}
    docs = Path(__file__).resolve().parents[4] / "docs" / "first-steps.md"
    assert f"`pulumi` {oldest} to {newest}" in docs.read_text()


def test_the_kubectl_that_is_taken_is_within_the_skew_of_the_pinned_api_server() -> None:
    major, minor, _ = KUBERNETES.version.split(".")
    assert builds()["kubectl"].accepts == [f"{major}.{int(minor) - 1}", f"{major}.{int(minor) + 1}"]


def test_tools_that_are_built_together_are_taken_together_or_not_at_all(place: Place) -> None:
    names = ("kube-apiserver", "kube-scheduler", "kube-controller-manager")
    for name in names[:2]:
        place.program(name, f"Kubernetes v{KUBERNETES.version}")
    assert users_own(KUBERNETES, {}) == {}
    place.program(names[2], f"Kubernetes v{KUBERNETES.version}")
    assert set(users_own(KUBERNETES, {})) == set(names)


def test_a_tool_that_hangs_or_fails_is_not_taken(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "_PROBE_SECONDS", 0.2)
    place.script("pulumi", "while :; do :; done")
    begun = time.monotonic()
    assert users_own(PULUMI, {}) == {}
    assert time.monotonic() - begun < 60
    place.script("pulumi", f"echo v{PULUMI.version}; exit 1")
    assert users_own(PULUMI, {}) == {}
    (place.bin / "pulumi").write_text("not a program")
    assert users_own(PULUMI, {}) == {}


def test_the_official_language_host_is_taken_beside_the_official_pulumi_alone(place: Place) -> None:
    hosts = {name: place.program(name, "") for name in HOSTS}
    assert users_own(HOST, {"pulumi": place.root / "built" / "pulumi"}) == {}
    assert users_own(HOST, {"pulumi": place.program("pulumi", "")}) == hosts


def test_the_official_provider_plugin_is_taken(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(place.root / "elsewhere"))
    plugin = place.program(PLUGIN, "", place.root / "elsewhere" / "plugins" / PROVIDER.plugin)
    assert users_own(PROVIDER, {}) == {PLUGIN: plugin}
    monkeypatch.delenv("PULUMI_HOME")
    assert users_own(PROVIDER, {}) == {}


def test_a_plugin_that_is_half_installed_or_of_another_version_is_not_taken(place: Place) -> None:
    plugins = place.root / "home" / ".pulumi" / "plugins"
    place.program(PLUGIN, "", plugins / "resource-kubernetes-v4.24.0")
    assert users_own(PROVIDER, {}) == {}
    place.program(PLUGIN, "", plugins / PROVIDER.plugin)
    (plugins / f"{PROVIDER.plugin}.partial").touch()
    assert users_own(PROVIDER, {}) == {}


def test_what_a_checkout_linked_is_not_taken_for_the_users_own(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    record({"pulumi": place.program("pulumi", f"v{PULUMI.version}", place.root / "built")})
    links: Path = checkout.LOCAL / "bin"
    monkeypatch.setenv("PATH", f"{links}:{place.bin}:/bin")
    assert users_own(PULUMI, {}) == {}
    mine = place.program("pulumi", f"v{PULUMI.version}")
    assert users_own(PULUMI, {}) == {"pulumi": mine}
