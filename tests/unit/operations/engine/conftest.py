"""A checkout of its own below tmp_path: its projects and their settings."""

from pathlib import Path

import pytest

from operations import checkout as places
from shared.stacks import Stack


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
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(places, "LOCAL", tmp_path / ".local")
    return tmp_path


@pytest.fixture
def stack(checkout: Path) -> Stack:
    """The day service's dev stack."""
    return Stack("day-service-app", "dev")
