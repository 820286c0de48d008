"""A checkout of its own: its projects and their settings."""

from pathlib import Path

import pytest

from shared.stacks import Stack
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM, Workspace


@pytest.fixture
def checkout(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with infrastructure and the services day and dusk, of which dusk has no production."""
    monkeypatch.delenv("PULUMI_BACKEND_URL")
    for stack in (
        PLATFORM,
        DAY,
        DUSK,
        Stack(PLATFORM.project, "production"),
        Stack(DAY.project, "production"),
    ):
        workspace.settings(stack)
    (workspace.root / "apps" / "notes").mkdir()
    return workspace.root


@pytest.fixture
def stack(checkout: Path) -> Stack:
    """The day service's dev stack."""
    return DAY
