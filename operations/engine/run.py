"""One run of the engine: its process, its own temporary folder, and how a person stops it."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from operations.checkout import local_folder
from operations.engine.events import Diagnostic, Event, Step, events_of


class EngineProcess:
    """The engine's command line, from its start on, with its events as JSON.

    It has a process group of its own: a terminal's Ctrl-C reaches the command that started it, which ends it in order.
    It keeps the open files with the given descriptors open as well.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
    ) -> None:
        self._rest = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed where the run ends
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env={**environment, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._rest,
            text=True,
            pass_fds=descriptors,
            process_group=0,
        )

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def follow(self, listen: Callable[[Event], None]) -> tuple[int, tuple[Step, ...], list[str]]:
        """Tell each event as it comes, and wait for the end.

        Returns the exit code, the steps that it took or would take, and the errors in their authors' words.
        """
        steps: dict[tuple[str, str], Step] = {}
        errors: list[str] = []
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        with self._rest as rest:
            for event in events_of(self._process.stdout, rest.write):
                match event:
                    case Step() as step:
                        steps[step.urn, step.operation] = step
                    case Diagnostic(severity="error", text=text, status=False):
                        errors.append(text)
                listen(event)
            code = self._process.wait()
            rest.seek(0)
            # What the engine says before it has an event stream to say it by.
            lines = [line for line in rest.read().splitlines() if not line.startswith("warning: ")]
            if code and (told := "\n".join(lines).strip()):
                errors.append(told.removeprefix("error: "))
        return code, tuple(steps.values()), errors

    def interrupt(self) -> None:
        """Ask it to end: it finishes what it has begun, saves it and frees the stack; asked again, it ends at once."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> None:
        """Interrupt it and wait for its end; interrupted itself, this kills it."""
        try:
            self.interrupt()
            # Without a reader, it would be killed by what it writes.
            self._process.communicate()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise


class Stopped(Exception):
    """A run does not start, since a person stopped the command that it belongs to."""


class Stop:
    """Whether runs are to end: asked for in one thread, followed in others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._running: set[EngineProcess] = set()

    def ask(self) -> None:
        """Ask those that run to end; asked again, they end at once."""
        with self._lock:
            self._asked = True
            for process in self._running:
                process.interrupt()

    def check(self) -> None:
        """Raise Stopped once it was asked for, so that nothing more starts."""
        if self._asked:
            raise Stopped

    @contextmanager
    def reaching(self, process: EngineProcess) -> Iterator[None]:
        """Let a run be asked while the context lasts."""
        with self._lock:
            self._running.add(process)
            if self._asked:
                process.interrupt()
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(process)


STOP: ContextVar[Stop | None] = ContextVar("STOP", default=None)
"""Set where several stacks run in parallel. A single run ends by the exception that a signal raises."""


@contextmanager
def scratch() -> Iterator[tuple[Path, int]]:
    """Create a folder for one run, of mode 0700, and remove it afterwards; remove those that killed runs left, too.

    The Kubernetes provider writes each kubeconfig that it is given, with its credentials, into the temporary folder,
    and never removes it. So a run gets one of its own, in the checkout and readable by its owner alone.
    With it comes its descriptor, which carries a lock: a process that has that open keeps the folder.
    """
    parent = local_folder("scratch")
    with ExitStack() as resources:
        with _locked(parent):
            for abandoned in parent.iterdir():
                with suppress(BlockingIOError, FileNotFoundError), _locked(abandoned, fcntl.LOCK_NB):
                    shutil.rmtree(abandoned, ignore_errors=True)
            name = resources.enter_context(
                tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True)
            )
            descriptor = resources.enter_context(_locked(Path(name)))
        yield Path(name), descriptor


@contextmanager
def _locked(folder: Path, flags: int = 0) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        yield descriptor
    finally:
        os.close(descriptor)
