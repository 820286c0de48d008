"""A checkout of its own below tmp_path: its services, their settings, and a program in the engine's place."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations import paths
from operations.engine import environment, project, runs
from operations.engine.project import Project, StackId
from tests.unit.operations.engine.engines import Engine


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with infrastructure and the services day and dusk, of which dusk has no production."""
    for folder, name, environments in (
        ("infrastructure", "service-infrastructure", ("dev", "production")),
        ("apps/day", "day-service-app", ("dev", "production")),
        ("apps/dusk", "dusk-service-app", ("dev",)),
    ):
        place = tmp_path / folder
        place.mkdir(parents=True)
        (place / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        for one in environments:
            (place / f"Pulumi.{one}.yaml").write_text(f"config:\n  {name}:image_tag: one\n")
    (tmp_path / "apps" / "notes").mkdir()
    monkeypatch.setattr(project, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(environment, "LOCAL", tmp_path / ".local")
    return tmp_path


@pytest.fixture
def stack(checkout: Path) -> StackId:
    """The day service's dev stack."""
    return StackId(Project(checkout / "apps" / "day", "day-service-app", "day"), "dev")


@pytest.fixture
def engine(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine(checkout / "tools")

    @contextlib.contextmanager
    def served(folder: Path, *, allow: str) -> Iterator[str]:
        assert folder == checkout / "apps" / "day"
        engine.allowed.append(allow)
        yield "address"

    monkeypatch.setattr(runs, "serve_program", served)
    return engine
