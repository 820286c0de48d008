"""The language host within this process: programs run where their imports are loaded already.

Otherwise each run of the engine starts a Python of its own, which imports the SDKs again: most of a short run's time.
`pulumi` by hand uses the ordinary language host; the programs are the same files. This module imports the SDK, so
that it is imported where the engine runs and nowhere else.

Protocol: https://github.com/pulumi/pulumi/blob/sdk/v3.272.0/proto/pulumi/language.proto
"""

import ast
import asyncio
import importlib
import inspect
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from types import CoroutineType
from typing import Any
from urllib.parse import quote

import grpc
import pulumi
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from operations.checkout import ROOT, project_folder, shown
from operations.engine.environment import inherited_variables
from shared.config.source import PROJECT_FOLDER
from shared.errors import Refusal
from shared.program import ALLOWED, CONNECTED
from shared.stacks import Stack

_SERVER_THREADS = 4
_TRANSPORT_ENDS = 10.0
"""Seconds, on a busy machine; usually a few milliseconds."""
_ONE_AT_A_TIME = threading.Lock()
"""The SDKs load their modules on first use, which two programs at once would see half loaded."""

_USED = re.compile(r"\bkubernetes\.(\w+)\.(v\w+)\.")
"""What a program uses of the Kubernetes SDK, such as `kubernetes.apps.v1.Deployment`."""


@contextmanager
def serve_program(
    stack: Stack, socket: Path, *, allow: str = "", connected: Callable[[str], object] | None = None
) -> Iterator[str]:
    """Serve a stack's program to one run of the engine, at a socket in a folder that this user alone can reach.

    `connected` is told the kubeconfig of its cluster, once the program knows it. Refusal where it is not valid Python.
    Yielded is the address for the engine's option `--client`, for a run in the project's folder.
    """
    folder = project_folder(stack)
    # The SDK would take them for what the program says.
    for ambient in os.environ.keys() - inherited_variables().keys():
        del os.environ[ambient]
    _ignore_coroutines_without_a_loop()
    # Says what a task raised that nobody waited for; the program's own error is told already.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    server = grpc.server(ThreadPoolExecutor(_SERVER_THREADS))
    host = _LanguageHost(stack, _program(folder, allow, connected))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    # The path of a socket has at most 107 bytes.
    here = min(str(socket), os.path.relpath(socket), key=len)
    server.add_insecure_port(f"unix:{quote(here)}")
    server.start()
    # While the engine starts, this process would wait for it.
    threading.Thread(target=load_ahead, args=(folder,), daemon=True).start()
    try:
        yield f"unix:{os.path.relpath(socket, folder)}"
    finally:
        server.stop(grace=None)


class _LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs one program, once, for its own stack alone."""

    def __init__(self, stack: Stack, program: Callable[[], None]) -> None:
        self._stack, self._program = stack, program
        self._unused = threading.Semaphore(1)

    def GetRequiredPackages(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Name no plugins: those of the stack's state are known, and new ones are found when they are used."""
        return language_pb2.GetRequiredPackagesResponse()

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - the protocol's name
        """Run the program, with the engine's answers to it in a context of its own."""
        if (request.project, request.stack) != (self._stack.project, self._stack.name):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f"this is the program of {self._stack}")
        if not self._unused.acquire(blocking=False):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "the program was run already")
        error = copy_context().run(self._run, request)
        # Bail: the program's error is told already.
        return language_pb2.RunResponse(error=error, bail=bool(error))

    def _run(self, request: Any) -> str:
        """Run the program and return what went wrong; empty where nothing did."""
        reset_options(
            project=request.project,
            stack=request.stack,
            organization=request.organization or "organization",
            root_directory=request.info.root_directory or None,
            monitor_address=request.monitor_address,
            engine_address=request.args[0] if request.args else "",
            parallel=request.parallel,
            preview=request.dryRun,
        )
        set_all_config(dict(request.config), list(request.configSecretKeys))
        loop = asyncio.new_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(4 * max(1, request.parallel)))
        error = ""
        try:
            loop.run_until_complete(run_in_stack(self._program))
        except pulumi.RunError as failure:
            error = str(failure)
        except grpc.RpcError as failure:
            # A monitor that is unavailable has ended its run, for a reason that the engine knows.
            if failure.code() != grpc.StatusCode.UNAVAILABLE:
                error = f"The engine did not answer: {failure.details()}"
        except BaseException as failure:
            error = _own_part(failure)
        finally:
            _end(loop)
        if error:
            with suppress(grpc.RpcError):
                pulumi.log.error(error)
        return error


def _own_part(failure: BaseException) -> str:
    """An exception as Python tells it, without the frames of the SDK and of this module."""
    frames = [
        frame
        for frame in traceback.extract_tb(failure.__traceback__)
        if frame.filename.startswith(str(ROOT))
        and "/.venv/" not in frame.filename
        and frame.filename != __file__
    ]
    return "".join([*traceback.format_list(frames), *traceback.format_exception_only(failure)]).strip()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left of a run, so that nothing complains of it later.

    The transport ends its own tasks, which are of compiled code, once its server has stopped. It prints a stack trace
    of each that somebody else cancels.
    """
    pending = asyncio.all_tasks(loop)
    transport = {task for task in pending if not isinstance(task.get_coro(), CoroutineType)}
    for task in pending - transport:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.wait(pending, timeout=_TRANSPORT_ENDS))
    loop.close()


def _ignore_coroutines_without_a_loop() -> None:
    """Be silent about coroutines that outlive their run's loop.

    A run that has ended can leave coroutines of the SDK behind. They are collected at some later moment, ask for the
    loop that has ended, and Python would print a stack trace of it among the verb's own messages.
    """
    if getattr(sys.unraisablehook, "__module__", "") == __name__:
        return
    tell = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        left_behind = inspect.iscoroutine(unraisable.object) and "event loop" in str(unraisable.exc_value)
        if not left_behind:
            tell(unraisable)

    sys.unraisablehook = hook


def load_ahead(folder: Path) -> None:
    """Load what a project's program imports. What cannot be loaded fails in the program, with its own message."""
    program = folder / "__main__.py"
    with _ONE_AT_A_TIME, suppress(Exception):
        for node in ast.parse(program.read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                importlib.import_module(node.module)
        declaring = (f"{folder}/", f"{ROOT}/shared/components/")
        files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
        files = [str(program), *(file for file in files if file.startswith(declaring))]
        # What is declared has metadata: the SDK's own classes load that module, on their first use.
        used = {("meta", "v1"), *(found for file in files for found in _USED.findall(Path(file).read_text()))}
        for group, version in used:
            dir(importlib.import_module(f"pulumi_kubernetes.{group}.{version}"))


def _program(folder: Path, allow: str, connected: Callable[[str], object] | None) -> Callable[[], None]:
    file = folder / "__main__.py"
    try:
        code = compile(file.read_text(), str(file), "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise Refusal(
            f"{shown(file)}{f', line {line}' if line else ''}: {getattr(error, 'msg', error)}.",
            "Correct the program; nothing was changed.",
        ) from None

    def run() -> None:
        PROJECT_FOLDER.set(folder)
        ALLOWED.set(allow)
        CONNECTED.set(connected)
        load_ahead(folder)
        exec(code, {"__name__": "__main__", "__file__": str(file)})  # noqa: S102 - the project's own program

    return run
