"""A key changes with everything that a build reads, and with nothing else."""

import re
from dataclasses import replace

import pytest

from operations.toolchain import keys, tools
from operations.toolchain.keys import key
from operations.toolchain.tools import HELM_RECIPE, SETUP, Recipe
from tests.unit.operations.toolchain.conftest import Place

PROVIDER, LANGUAGE = (next(one for one in SETUP if one.name == name) for name in ("provider", "language"))

PINS = {
    "engine": f"github.com/pulumi/pulumi/pkg/v3 v{tools.PULUMI}",
    "language": f"github.com/pulumi/pulumi/sdk/v3 v{tools.LANGUAGE_HOST}",
    "kubernetes": f"k8s.io/kubernetes v{tools.KUBERNETES}",
    "kubectl": f"k8s.io/kubernetes v{tools.KUBERNETES}",
    "etcd": f"go.etcd.io/etcd/server/v3 v{tools.ETCD}",
    "kwok": f"sigs.k8s.io/kwok v{tools.KWOK}",
    "kwok-kustomize": f"sigs.k8s.io/kwok v{tools.KWOK}",
    "metrics": f"sigs.k8s.io/metrics-server v{tools.METRICS_SERVER}",
    "helm": f"helm.sh/helm/v3 v{tools.HELM}",
}


@pytest.mark.parametrize("file", ["go.mod", "go.sum", "main.go", "another.go"])
def test_a_key_changes_with_the_modules_files(place: Place, file: str) -> None:
    before = key(PROVIDER, "1.26")
    path = place.modules / "provider" / file
    path.write_text((path.read_text() if path.exists() else "") + "// changed\n")
    assert key(PROVIDER, "1.26") != before


def test_a_key_changes_with_a_module_that_files_are_copied_from(place: Place) -> None:
    before = key(LANGUAGE, "1.26")
    (place.modules / "engine" / "go.mod").write_text("module engine\n\ngo 1.26.7\n")
    assert key(LANGUAGE, "1.26") != before


@pytest.mark.parametrize(
    "changed",
    [
        replace(PROVIDER, ldflags="-s"),
        replace(PROVIDER, packages=("other",)),
        replace(PROVIDER, staged=()),
        replace(PROVIDER, version="4.26.0"),
    ],
    ids=["ldflags", "packages", "staged", "version"],
)
def test_a_key_changes_with_the_recipe(place: Place, changed: Recipe) -> None:
    assert key(PROVIDER, "1.26") != key(changed, "1.26")


def test_a_key_changes_with_go_and_with_the_machine(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(PROVIDER, "1.26")
    assert key(PROVIDER, "1.27") != before
    monkeypatch.setattr(keys, "system", lambda: ("darwin", "arm64"))
    assert key(PROVIDER, "1.26") != before


def test_a_key_does_not_change_with_estimates_or_other_modules(place: Place) -> None:
    before = key(PROVIDER, "1.26")
    (place.modules / "kwok" / "go.mod").write_text("module kwok\n\ngo 1.27\n")
    (place.modules / "provider" / "README.md").write_text("read me")
    assert key(replace(PROVIDER, seconds=1, disk=1, size=1, title="x"), "1.26") == before


@pytest.mark.parametrize("recipe", [*SETUP, HELM_RECIPE], ids=lambda recipe: recipe.name)
def test_the_table_and_the_pinned_modules_agree(recipe: Recipe) -> None:
    for folder in recipe.folders:
        assert (keys.MODULES / folder / "go.sum").is_file()
    module = (keys.MODULES / recipe.folder / "go.mod").read_text()
    if recipe.name in PINS:
        assert re.search(rf"^\t?(?:require )?{re.escape(PINS[recipe.name])}\b", module, re.MULTILINE)
