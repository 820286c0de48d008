"""The language host within this process: programs run where their imports are loaded already.

A run of the engine otherwise starts a Python of its own, which imports the SDKs anew: most of a short run's time.
`pulumi` by hand goes on using the ordinary language host; the programs are the same files.
"""

import ast
import importlib
import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType

from operations.console import err
from operations.engine.report import WATCH
from operations.paths import shown
from shared.refusal import Refusal

# Set before grpc is loaded: the engine is started while the server's threads run, and replaces the fork at once.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

_THREADS = 4
_ONE_AT_A_TIME = threading.Lock()

_USED_BY = {
    "shared.application": ("apps.v1", "autoscaling.v2", "core.v1", "networking.v1", "policy.v1", "rbac.v1")
}
"""What the programs use of the Kubernetes SDK, which loads its modules when they are first used."""


@contextmanager
def serve_program(folder: Path, *, allow: str = "") -> Iterator[str]:
    """Serve a project's program to the engine.

    Args:
        folder: the project's folder, with its `__main__.py`.
        allow: what may be given up in this run, as `Kind/name` separated by commas.

    Yields:
        The address for the engine's option `--client`.

    Raises:
        OSError: the program cannot be read.
        Refusal: it is no Python.
    """
    with err.status("Loading the SDKs") if err.is_terminal and WATCH.get() is None else _nothing():
        import grpc  # noqa: PLC0415 - only runs of the engine pay for it

        # The Automation API's own server; its public verbs run the engine three times for one update.
        from pulumi.automation._server import LanguageServer  # noqa: PLC0415
        from pulumi.runtime.proto import language_pb2_grpc  # noqa: PLC0415

    _expect_coroutines_without_a_loop()
    server = grpc.server(ThreadPoolExecutor(_THREADS))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(_program(folder, allow)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    load_ahead(folder)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None)


def _expect_coroutines_without_a_loop() -> None:
    """Be silent about coroutines that outlive their run's loop.

    A run that has ended can leave coroutines of the SDK behind. They are collected at some later moment, ask for the
    loop that is gone, and Python would print a stack trace of it among the verb's own words.
    """
    if getattr(sys.unraisablehook, "__module__", "") == __name__:
        return
    tell = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        left_behind = inspect.iscoroutine(unraisable.object) and "event loop" in str(unraisable.exc_value)
        if not left_behind:
            tell(unraisable)

    sys.unraisablehook = hook


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def load_ahead(folder: Path) -> threading.Thread:
    """Begin to load what a project's program imports, while the engine starts and this process would wait for it.

    Nothing is waited for, and nothing fails: what cannot be loaded fails in the program, with its own words.

    Args:
        folder: the project's folder.

    Returns:
        The thread that loads it.
    """
    loading = threading.Thread(target=_load, args=(folder / "__main__.py",), daemon=True)
    loading.start()
    return loading


def _load(program: Path) -> None:
    with _ONE_AT_A_TIME, suppress(Exception):
        for name in _imported(program.read_text()):
            importlib.import_module(name)
            for used in _USED_BY.get(name, ()):
                dir(importlib.import_module(f"pulumi_kubernetes.{used}"))


def _imported(program: str) -> list[str]:
    found = (node for node in ast.parse(program).body if isinstance(node, ast.ImportFrom))
    return [node.module for node in found if node.module]


def _compiled(program: Path) -> CodeType:
    try:
        return compile(program.read_text(), str(program), "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise Refusal(
            f"{shown(program)}{f', line {line}' if line else ''}: {getattr(error, 'msg', error)}.",
            "Correct the program; nothing was changed.",
        ) from None


def _program(folder: Path, allow: str) -> Callable[[], None]:
    file = folder / "__main__.py"
    code = _compiled(file)

    def run() -> None:
        from shared.ownership.rename import ALLOWED  # noqa: PLC0415
        from shared.settings.source import PROJECT_FOLDER  # noqa: PLC0415 - imports the SDK

        PROJECT_FOLDER.set(folder)
        ALLOWED.set(allow)
        # The SDKs load their modules on first use, which two programs at once see half done.
        with _ONE_AT_A_TIME:
            exec(code, {"__name__": "__main__", "__file__": str(file)})  # noqa: S102 - the project's own program

    return run
