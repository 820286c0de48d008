"""One emulated AWS and one deployed platform for the whole session; skipped where there is no AWS provider plugin."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.eks.production import HOW_TO_GET_ONE, Emulator, Platform, emulated, plugin_folder

_DELAY_SECONDS = 75.0
"""Longer than everything else of a first run takes: progress is told where nothing else is."""
_SECONDS = 1800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes the platform down comes last; a first run takes minutes."""
    items.sort(key=lambda item: item.path.name == "test_take_down.py")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(_SECONDS))


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The emulated AWS."""
    if not plugin_folder().exists():
        pytest.skip(HOW_TO_GET_ONE)
    with emulated(tmp_path_factory.mktemp("aws")) as running:
        yield running


@dataclass(frozen=True)
class FirstRun:
    """What the first run of the platform printed: its preview's tally, and the update's text."""

    platform: Platform
    planned: dict[str, int]
    text: str


@pytest.fixture(scope="session")
def first_run(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    """The repository's own production stack, previewed and deployed for the first time; access takes its time."""
    platform = Platform.deploy_to(tmp_path_factory.mktemp("checkout"), emulator)
    platform.reset()
    emulator.delay_access(_DELAY_SECONDS)
    planned = platform.preview()
    text = platform.make("infra-up", ENV="production").text
    emulator.delay_access(0)
    return FirstRun(platform, planned, text)


@pytest.fixture(scope="session")
def platform(first_run: FirstRun) -> Platform:
    """The platform, deployed."""
    return first_run.platform


@pytest.fixture
def as_it_was(platform: Platform) -> Iterator[Platform]:
    """The platform, whose settings are put back and deployed afterwards."""
    file = platform.settings_file("infrastructure", "production")
    before = file.read_text()
    yield platform
    if file.read_text() != before:
        file.write_text(before)
        platform.up(ALLOW="Subnet/private-c,Subnet/public-c")
