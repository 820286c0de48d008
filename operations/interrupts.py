"""Signals that stop a command: each ends it by an exception, so that it cleans up on its way."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_STOPPING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end this process as Ctrl-C does.

    Only once: make passes on what its whole group got, and a closed terminal sends it twice. Ctrl-C works again.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        for again in _STOPPING:
            signal.signal(again, signal.SIG_IGN)
        raise SystemExit(128 + number)

    with _handled(stop, *_STOPPING):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Defer signals to the block's end, so that what is started in it is known to the handler that has to end it."""
    received: list[int] = []
    try:
        # Not blocked: a child would inherit that.
        with _handled(lambda number, _frame: received.append(number), signal.SIGINT, *_STOPPING):
            yield
    finally:
        for late in received:
            signal.raise_signal(late)


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None], *numbers: signal.Signals) -> Iterator[None]:
    """Handle signals, in the main thread alone. One that is ignored, as under nohup, stays so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number, former in before.items():
            if former is not signal.SIG_IGN:
                signal.signal(number, handler)
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
