"""A checkout of its own: the real projects, settings and template, in a folder that tests may fill."""

import shutil
from pathlib import Path

import pytest
import yaml

from operations import paths
from operations.engine import project
from operations.scaffold import (
    declared,
    names,
    new_app,
    new_environment,
    publishing,
    rendering,
)
from operations.status import wishes
from tests.unit.shared.graph import ROOT

MODULES = (paths, project, wishes, declared, names, new_app, new_environment, publishing, rendering)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout's root: infrastructure, day and dusk with dev and production."""
    for folder in ("infrastructure", "apps/day", "apps/dusk"):
        (tmp_path / folder).mkdir(parents=True)
        for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.production.yaml"):
            shutil.copy2(ROOT / folder / name, tmp_path / folder)
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "tests/unit/apps").mkdir(parents=True)
    for module in MODULES:
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(rendering, "TEMPLATE", tmp_path / "templates" / "app")
    return tmp_path


def files(root: Path) -> dict[str, bytes]:
    """Everything in a checkout but what it keeps for itself."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".local" not in path.parts
    }


def config(root: Path, folder: str, environment: str = "dev") -> dict[str, object]:
    """A settings file's settings, without their project."""
    text = (root / folder / f"Pulumi.{environment}.yaml").read_text()
    return {key.split(":", 1)[1]: value for key, value in (yaml.safe_load(text)["config"] or {}).items()}


def settings(root: Path, folder: str, environment: str, **values: object) -> None:
    """Write a settings file."""
    label = folder.rsplit("/", 1)[-1]
    name = "service-infrastructure" if label == "infrastructure" else f"{label}-service-app"
    written = {"config": {f"{name}:{key}": value for key, value in values.items()}}
    (root / folder / f"Pulumi.{environment}.yaml").write_text(yaml.safe_dump(written, sort_keys=False))
