"""The checkout's projects in a folder of their own, whose settings files tests may write."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations import paths
from operations.engine import project
from operations.engine.project import StackId, infrastructure_stack, service_stack
from tests.unit.shared.graph import ROOT

PROJECTS = ("infrastructure", "apps/day", "apps/dusk")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The Pulumi.yaml and settings files of all projects."""
    root = tmp_path_factory.mktemp("workspace")
    for folder in PROJECTS:
        (root / folder).mkdir(parents=True)
        for file in (ROOT / folder).glob("Pulumi*.yaml"):
            shutil.copy2(file, root / folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "ROOT", root)
        patch.setattr(paths, "ROOT", root)
        patch.setattr(paths, "LOCAL", root / ".local")
        yield root


@pytest.fixture(params=PROJECTS)
def stack(request: pytest.FixtureRequest, workspace: Path) -> Iterator[StackId]:
    """The dev stack of each project; its settings file is afterwards as it was."""
    yield from _stack(request.param)


@pytest.fixture
def day(workspace: Path) -> Iterator[StackId]:
    """The day service's dev stack; its settings file is afterwards as it was."""
    yield from _stack("apps/day")


@pytest.fixture
def platform(workspace: Path) -> Iterator[StackId]:
    """The infrastructure's dev stack; its settings file is afterwards as it was."""
    yield from _stack("infrastructure")


def _stack(folder: str) -> Iterator[StackId]:
    label = folder.rsplit("/", 1)[-1]
    stack = infrastructure_stack("dev") if label == "infrastructure" else service_stack(label, "dev")
    file = stack.project.settings_file("dev")
    before = file.read_bytes()
    yield stack
    if file.is_dir():
        file.rmdir()
    file.write_bytes(before)
