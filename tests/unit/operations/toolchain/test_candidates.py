"""A user's own tools are used where they are of the pinned versions, and only there."""

import time

import pytest

from operations import paths
from operations.toolchain import candidates as module
from operations.toolchain.candidates import candidates
from operations.toolchain.tools import KUBERNETES, KUBERNETES_PROVIDER, PULUMI, SETUP
from tests.unit.operations.toolchain.conftest import Place

RECIPES = {recipe.name: recipe for recipe in SETUP}


def test_a_tool_of_the_pinned_version_on_path_is_used(place: Place) -> None:
    mine = place.program("pulumi", f"v{PULUMI}")
    assert candidates(RECIPES["engine"], {}) == {"pulumi": mine}


@pytest.mark.parametrize("says", ["v3.274.0", "v3.274.1-alpha.1", "no version", ""])
def test_a_tool_of_another_version_is_not_used(place: Place, says: str) -> None:
    place.program("pulumi", says)
    assert candidates(RECIPES["engine"], {}) is None


@pytest.mark.parametrize(
    ("says", "used"),
    [
        ("Client Version: v1.35.9", True),
        ("Client Version: v1.36.0", True),
        ("Client Version: v1.37.1", True),
        ("Client Version: v1.34.9", False),
        ("Client Version: v1.38.0", False),
        ("Client Version: v2.36.0", False),
    ],
)
def test_kubectl_may_be_one_minor_version_off(place: Place, says: str, used: bool) -> None:
    place.program("kubectl", says)
    assert (candidates(RECIPES["kubectl"], {}) is not None) == used


def test_a_recipe_is_used_whole_or_not_at_all(place: Place) -> None:
    place.program("kube-apiserver", f"Kubernetes v{KUBERNETES}")
    place.program("kube-scheduler", f"Kubernetes v{KUBERNETES}")
    assert candidates(RECIPES["kubernetes"], {}) is None
    place.program("kube-controller-manager", f"Kubernetes v{KUBERNETES}")
    assert candidates(RECIPES["kubernetes"], {}) is not None


def test_a_tool_that_hangs_or_fails_is_no_candidate(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PROBE_SECONDS", 0.2)
    place.write(place.bin / "pulumi", "#!/bin/sh\nwhile :; do :; done\n")
    begun = time.monotonic()
    assert candidates(RECIPES["engine"], {}) is None
    assert time.monotonic() - begun < 2
    place.write(place.bin / "pulumi", f"#!/bin/sh\necho v{PULUMI}\nexit 1\n")
    assert candidates(RECIPES["engine"], {}) is None
    place.write(place.bin / "pulumi", "not a program")
    assert candidates(RECIPES["engine"], {}) is None


def test_the_official_language_host_is_used_beside_the_official_pulumi_alone(place: Place) -> None:
    names = ("pulumi-language-python", "pulumi-language-python-exec")
    hosts = {name: place.program(name, "") for name in names}
    assert candidates(RECIPES["language"], {}) is None
    pulumi = place.program("pulumi", f"v{PULUMI}")
    assert candidates(RECIPES["language"], {"pulumi": pulumi}) == hosts


def test_the_official_language_host_is_found_through_a_link_to_pulumi(place: Place) -> None:
    release = place.root / "release"
    for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec"):
        place.program(name, f"v{PULUMI}", release)
    (place.bin / "pulumi").symlink_to(release / "pulumi")
    found = candidates(RECIPES["language"], {"pulumi": place.bin / "pulumi"})
    assert found is not None
    assert found["pulumi-language-python"] == release / "pulumi-language-python"


@pytest.mark.parametrize("home", ["", "elsewhere"])
def test_the_official_provider_plugin_is_used(
    place: Place, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    base = place.root / home if home else place.root / "home" / ".pulumi"
    if home:
        monkeypatch.setenv("PULUMI_HOME", str(base))
    folder = base / "plugins" / f"resource-kubernetes-v{KUBERNETES_PROVIDER}"
    plugin = place.program("pulumi-resource-kubernetes", "", folder)
    assert candidates(RECIPES["provider"], {}) == {"pulumi-resource-kubernetes": plugin}


def test_a_torn_or_other_plugin_is_not_used(place: Place) -> None:
    plugins = place.root / "home" / ".pulumi" / "plugins"
    place.program("pulumi-resource-kubernetes", "", plugins / "resource-kubernetes-v4.24.0")
    assert candidates(RECIPES["provider"], {}) is None
    name = f"resource-kubernetes-v{KUBERNETES_PROVIDER}"
    place.program("pulumi-resource-kubernetes", "", plugins / name)
    (plugins / f"{name}.partial").touch()
    assert candidates(RECIPES["provider"], {}) is None


def test_what_a_set_up_linked_or_built_is_not_taken_for_the_users_own(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = place.program("pulumi", f"v{PULUMI}", place.cache / "engine-0" / "bin")
    links = paths.local_folder("bin")
    (links / "pulumi").symlink_to(built)
    other = place.root / "other-checkout"
    other.mkdir()
    (other / "pulumi").symlink_to(built)
    monkeypatch.setenv("PATH", f"{links}:{built.parent}:{other}")
    assert candidates(RECIPES["engine"], {}) is None
    mine = place.program("pulumi", f"v{PULUMI}")
    monkeypatch.setenv("PATH", f"{links}:{other}:{place.bin}")
    assert candidates(RECIPES["engine"], {}) == {"pulumi": mine}
