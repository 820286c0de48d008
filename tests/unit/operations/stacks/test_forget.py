"""A forgotten state leaves a copy, readable by its owner alone, before it goes."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from operations import paths
from operations.stacks import forget as module
from operations.stacks.forget import forget
from tests.unit.operations.stacks.conftest import STACK, Scene, namespace_state

TOOLCHAIN: Any = None


@pytest.fixture
def backups(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies are kept."""
    folder = tmp_path / ".local" / "backups"

    class Engine:
        def state(self) -> dict[str, Any]:
            return scene.state

        def forget(self) -> None:
            scene.done.append([json.loads(file.read_text()) for file in folder.iterdir()])

    monkeypatch.setattr(paths, "LOCAL", tmp_path / ".local")
    monkeypatch.setattr(module, "EngineStack", lambda stack, toolchain: Engine())
    return folder


def test_a_copy_is_kept_before_the_state_goes(scene: Scene, backups: Path) -> None:
    scene.state = namespace_state()
    forget(STACK, TOOLCHAIN)
    assert scene.done == [[scene.state]]


def test_a_copy_is_its_owners_alone(scene: Scene, backups: Path) -> None:
    scene.state = namespace_state()
    forget(STACK, TOOLCHAIN)
    (file,) = backups.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(backups.stat().st_mode) == 0o700
    assert file.name.startswith("day-service-app.dev.")


def test_every_copy_is_kept(scene: Scene, backups: Path) -> None:
    scene.state = namespace_state()
    forget(STACK, TOOLCHAIN)
    forget(STACK, TOOLCHAIN)
    assert len(list(backups.iterdir())) == 2


def test_a_stack_that_holds_nothing_has_nothing_to_forget(scene: Scene, backups: Path) -> None:
    forget(STACK, TOOLCHAIN)
    assert scene.done == []
    assert not backups.exists()
