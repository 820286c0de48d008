"""Programs served to the engine from this process: the same files, named from the checkout, at the loopback alone."""

import asyncio
import gc
import socket
import sys
from collections.abc import Coroutine
from pathlib import Path

import pytest

from operations.engine.host import (
    _expect_coroutines_without_a_loop,
    _program,
    load_ahead,
    serve_program,
)
from shared.refusal import Refusal
from tests.unit.shared.graph import Graph, run

PROGRAM = """
import pulumi
from shared.settings.source import settings_file
pulumi.export("file", settings_file())
pulumi.export("name", __name__)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "day"
    place.mkdir()
    (place / "__main__.py").write_text(PROGRAM)
    return place


def test_a_program_runs_as_the_main_one_and_names_its_own_settings_file(folder: Path) -> None:
    exports = run(Graph(), _program(folder, ""), project="day-service-app", stack="dev", config={}).exports
    assert exports == {"file": "day/Pulumi.dev.yaml", "name": "__main__"}


def test_a_program_is_served_at_the_loopback_and_only_while_the_engine_runs(folder: Path) -> None:
    with serve_program(folder) as address:
        host, port = address.split(":")
        assert host == "127.0.0.1"
        socket.create_connection((host, int(port)), timeout=5).close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, int(port)), timeout=5)


def test_a_program_that_is_no_python_is_told_before_the_engine_runs(folder: Path) -> None:
    (folder / "__main__.py").write_text("import sys\ndef\n")
    with pytest.raises(Refusal, match=r"day/__main__\.py, line 2: invalid syntax"), serve_program(folder):
        pass


def test_what_a_program_imports_is_loaded_ahead(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "loaded_ahead_probe.py").write_text("")
    (folder / "__main__.py").write_text("from loaded_ahead_probe import nothing\n")
    monkeypatch.syspath_prepend(str(folder))
    load_ahead(folder).join(30)
    assert "loaded_ahead_probe" in sys.modules
    del sys.modules["loaded_ahead_probe"]


@pytest.mark.parametrize("program", ["from no_such_module import x\n", "def", "import pulumi\n"])
def test_what_cannot_be_loaded_ahead_is_left_to_the_program(folder: Path, program: str) -> None:
    (folder / "__main__.py").write_text(program)
    loading = load_ahead(folder)
    loading.join(30)
    assert not loading.is_alive()


def test_a_coroutine_that_outlives_its_loop_is_collected_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", told.append)
    _expect_coroutines_without_a_loop()

    async def left_behind() -> None:
        try:
            await asyncio.Future()
        finally:
            asyncio.get_running_loop()

    async def broken() -> None:
        try:
            await asyncio.Future()
        finally:
            raise ValueError("a real one")

    for coroutine in (left_behind(), broken()):
        loop = asyncio.new_event_loop()
        task = loop.create_task(_begun(coroutine))
        loop.run_until_complete(task)
        loop.close()
    del coroutine, task
    gc.collect()
    assert [str(getattr(one, "exc_value", "")) for one in told] == ["a real one"]


async def _begun(coroutine: Coroutine[object, None, None]) -> None:
    coroutine.send(None)
