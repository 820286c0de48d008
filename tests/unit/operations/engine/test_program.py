"""Programs served to the engine from this process: to this user, for one run of their own stack."""

import asyncio
import gc
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from operations.engine.program import (
    _ignore_coroutines_without_a_loop,
    _program,
    load_ahead,
    serve_program,
)
from shared.errors import Refusal
from shared.stacks import Stack
from tests.unit.shared.graph import Graph, run

PROGRAM = """
import pulumi
from shared.config.source import settings_file
pulumi.export("file", settings_file())
pulumi.export("name", __name__)
"""


@pytest.fixture
def folder(checkout: Path) -> Path:
    (checkout / "apps" / "day" / "__main__.py").write_text(PROGRAM)
    return checkout / "apps" / "day"


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    place = tmp_path / ".local" / "scratch" / "tmpa b%41#?"
    place.mkdir(parents=True, mode=0o700)
    return place / "program"


def ask(address: str, folder: Path, *, project: str, stack: str) -> str:
    """Ask for a run without an engine, from a project's folder; return how that was refused."""
    path = os.path.relpath(folder / address.removeprefix("unix:"))
    with grpc.insecure_channel(f"unix:{path}") as channel:
        host = language_pb2_grpc.LanguageRuntimeStub(channel)
        assert not host.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest()).packages
        request = language_pb2.RunRequest(project=project, stack=stack, monitor_address="127.0.0.1:1")
        try:
            host.Run(request)
        except grpc.RpcError as refused:
            return str(refused.details())
    return ""


def test_a_program_runs_as_the_main_one_and_names_its_own_settings_file(folder: Path) -> None:
    exports = run(
        Graph(), _program(folder, "", None), project="day-service-app", stack="dev", config={}
    ).exports
    assert exports == {"file": "day/Pulumi.dev.yaml", "name": "__main__"}


def test_a_program_is_served_once_and_for_its_own_stack_alone(
    folder: Path, stack: Stack, tmp_path: Path
) -> None:
    place = tmp_path / ".local" / "scratch"
    place.mkdir(parents=True, mode=0o700)
    with serve_program(stack, place / "program") as address:
        assert stat.S_ISSOCK((place / "program").stat().st_mode)
        assert "this is the program of day-service-app/dev" in ask(
            address, folder, project="day-service-app", stack="production"
        )
        ask(address, folder, project="day-service-app", stack="dev")
        assert "was run already" in ask(address, folder, project="day-service-app", stack="dev")
    assert not (place / "program").exists()


SYSTEM_PYTHON = shutil.which("python3", path="/usr/bin:/bin")


@pytest.mark.skipif(os.getuid() != 0 or not SYSTEM_PYTHON, reason="only root acts as another user")
def test_another_user_does_not_reach_the_program(folder: Path, stack: Stack) -> None:
    with tempfile.TemporaryDirectory() as public:
        Path(public).chmod(0o711)
        place = Path(public) / "scratch"
        place.mkdir(mode=0o700)
        connect = f"import socket; socket.socket(socket.AF_UNIX).connect({str(place / 'program')!r})"
        with serve_program(stack, place / "program"):
            told = []
            for user in ("0", "65534"):
                command = ["setpriv", "--reuid", user, "--clear-groups", str(SYSTEM_PYTHON), "-c", connect]
                told.append(subprocess.run(command, capture_output=True, text=True, check=False).stderr)
    assert told[0] == ""
    assert "PermissionError" in told[1]


def test_a_program_is_served_in_a_checkout_of_any_name(
    folder: Path, stack: Stack, socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    with serve_program(stack, socket):
        assert stat.S_ISSOCK(socket.stat().st_mode)


def test_a_program_that_is_not_python_is_refused_before_the_engine_runs(
    folder: Path, stack: Stack, tmp_path: Path
) -> None:
    (folder / "__main__.py").write_text("import sys\ndef\n")
    refused = pytest.raises(Refusal, match=r"day/__main__\.py, line 2: invalid syntax")
    with refused, serve_program(stack, tmp_path / "program"):
        pass


@pytest.mark.parametrize("more", ["", "from no_such_module import x\n", "def", "import pulumi\n"])
def test_what_a_program_imports_is_loaded_ahead_and_what_cannot_be_is_left_to_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    (folder / "loaded_ahead_probe.py").write_text("")
    (folder / "__main__.py").write_text(f"from loaded_ahead_probe import nothing\n{more}")
    monkeypatch.syspath_prepend(str(folder))
    load_ahead(folder)
    assert ("loaded_ahead_probe" in sys.modules) == (more != "def")
    sys.modules.pop("loaded_ahead_probe", None)


def test_a_coroutine_that_outlives_its_loop_is_collected_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", told.append)
    _ignore_coroutines_without_a_loop()

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
        loop.run_until_complete(_begun(coroutine))
        loop.close()
    del coroutine
    gc.collect()
    assert [str(getattr(one, "exc_value", "")) for one in told] == ["a real one"]


async def _begun(coroutine: Coroutine[object, None, None]) -> None:
    coroutine.send(None)
