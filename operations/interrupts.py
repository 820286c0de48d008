"""Signals that stop a command: each ends it by an exception, which puts all in order on its way."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end this process as Ctrl-C does. One that is ignored, as under nohup, stays so.

    Once: make passes on what the whole group has got, and a closed terminal says so twice. Ctrl-C is heeded again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: FrameType | None) -> None:
        for again in heeded:
            signal.signal(again, signal.SIG_IGN)
        raise SystemExit(128 + number)

    heeded = [
        number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep signals back until the block's end, so that what it starts is known to whoever has to end it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                # Not blocked: a child would inherit that.
                signal.signal(number, lambda number, _frame: kept.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for received in kept:
            signal.raise_signal(received)
