"""Signals that stop a command: an exception each, at a moment that suits."""

import os
import signal
from collections.abc import Iterator

import pytest

from operations.interrupts import stopped_by_signals, undisturbed

STOPPING = [signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Whatever a test does with the signals, they are as before afterwards."""
    numbers = (signal.SIGINT, *STOPPING)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_that_stops_is_an_exception_with_the_shells_exit_code(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended, stopped_by_signals():
        os.kill(os.getpid(), number)
    assert ended.value.code == 128 + number
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_that_comes_twice_does_not_disturb_the_end_in_order(number: signal.Signals) -> None:
    in_order = False
    with pytest.raises(SystemExit), stopped_by_signals():
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), number)
            in_order = True
    assert in_order


@pytest.mark.parametrize("number", STOPPING)
def test_one_that_is_ignored_stays_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_IGN)
    for block in (stopped_by_signals, undisturbed):
        with block():
            os.kill(os.getpid(), number)
            assert signal.getsignal(number) is signal.SIG_IGN
    assert signal.getsignal(number) is signal.SIG_IGN


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_is_kept_back_until_the_block_is_through(number: signal.Signals) -> None:
    through = False
    with pytest.raises(SystemExit), stopped_by_signals():
        with undisturbed():
            os.kill(os.getpid(), number)
            through = True
        pytest.fail("The signal was lost.")
    assert through
