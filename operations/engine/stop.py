"""A person's wish to stop runs that go side by side: they end in order, and nothing more begins."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from operations.engine.process import EngineProcess


class Stopped(Exception):
    """A run does not begin, since a person stopped the command that it belongs to."""


class Stop:
    """Whether runs are to end, asked for in one thread and heeded in others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._running: set[EngineProcess] = set()

    @property
    def is_asked(self) -> bool:
        """Whether a person asked for it."""
        return self._asked

    def ask(self) -> None:
        """Ask those that run to end; asked again, they end at once."""
        with self._lock:
            self._asked = True
            for process in self._running:
                process.interrupt()

    def check(self) -> None:
        """Let nothing more begin once it is asked for.

        Raises:
            Stopped: it is.
        """
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
"""Set where several runs go side by side. A run by itself ends by the exception that a signal raises."""
