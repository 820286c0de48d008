"""A checkout of three stacks in a folder."""

from pathlib import Path

import pytest

from tests.unit.operations.handover.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
