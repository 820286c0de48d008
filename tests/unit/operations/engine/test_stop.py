"""Stopping runs of the engine: they end in order, asked again at once, and nothing more begins."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from operations.engine.process import EngineProcess
from operations.engine.stop import Stop, Stopped
from tests.cluster import until

_ENGINE = """#!/bin/sh
stop() { echo asked >> asked; [ "$(wc -l < asked)" -lt "$1" ] || { echo ended > ended; exit 0; }; }
trap 'stop NEEDED' INT
echo $$ > pid
PLAN
echo '{"preludeEvent": {}}'
while :; do sleep 0.05; echo '{}'; done
"""


class Engine:
    """A small engine that ends in order once it was interrupted so many times.

    Args:
        folder: where it runs.
        needed: how many times.
        waits: whether it waits for its plan first.
    """

    def __init__(self, folder: Path, *, needed: int = 1, waits: bool = False) -> None:
        self.folder = folder
        script = folder / "engine"
        script.write_text(
            _ENGINE.replace("NEEDED", str(needed)).replace("PLAN", "cat > plan-taken" if waits else "")
        )
        script.chmod(0o755)
        environment = {"PATH": "/usr/bin:/bin"}
        self.process = EngineProcess([script], folder=folder, environment=environment, waits=waits)

    @property
    def asked(self) -> int:
        file = self.folder / "asked"
        return len(file.read_text().splitlines()) if file.exists() else 0

    @property
    def ended(self) -> bool:
        return (self.folder / "ended").exists()


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[list[Engine]]:
    """Those of a test; none is left running."""
    begun: list[Engine] = []
    yield begun
    for engine in begun:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(int((engine.folder / "pid").read_text())).kill()


def begin(engines: list[Engine], folder: Path, *, needed: int = 1, waits: bool = False) -> Engine:
    engines.append(Engine(folder, needed=needed, waits=waits))
    until((folder / "pid").exists, "the engine under way")
    return engines[-1]


def follow(engine: Engine, stop: Stop) -> int:
    """Ask it to stop at its first event, and follow it to its end."""
    with stop.reaching(engine.process):
        return engine.process.follow(lambda _: stop.ask()).code


def test_a_run_is_asked_and_ends_in_order(engines: list[Engine], tmp_path: Path) -> None:
    engine = begin(engines, tmp_path)
    assert follow(engine, Stop()) == 0
    assert (engine.asked, engine.ended, engine.process.runs) == (1, True, False)


def test_a_run_that_begins_as_it_is_asked_for_is_reached_too(engines: list[Engine], tmp_path: Path) -> None:
    engine, stop = begin(engines, tmp_path), Stop()
    begun: list[object] = []
    stop.ask()
    with stop.reaching(engine.process):
        engine.process.follow(begun.append)
    assert not engine.process.runs


def test_nothing_more_begins_once_it_is_asked_for() -> None:
    stop = Stop()
    stop.check()
    stop.ask()
    with pytest.raises(Stopped):
        stop.check()


def test_a_run_that_is_over_is_not_asked(engines: list[Engine], tmp_path: Path) -> None:
    engine, stop = begin(engines, tmp_path), Stop()
    with stop.reaching(engine.process):
        pass
    stop.ask()
    assert engine.asked == 0


def test_the_end_of_a_run_is_waited_for_with_nobody_to_listen(engines: list[Engine], tmp_path: Path) -> None:
    engine = begin(engines, tmp_path)
    engine.process.end()
    assert (engine.asked, engine.ended, engine.process.runs) == (1, True, False)


def test_a_run_that_has_its_plan_ends_in_order_too(engines: list[Engine], tmp_path: Path) -> None:
    engine = begin(engines, tmp_path, waits=True)
    (tmp_path / "plan").write_text("the plan")
    engine.process.give(tmp_path / "plan")
    until(lambda: (tmp_path / "plan-taken").read_text() == "the plan", "the plan taken")
    engine.process.end()
    assert (engine.ended, engine.process.runs) == (True, False)


def test_a_run_that_still_waits_for_its_plan_has_nothing_to_end_in_order(
    engines: list[Engine], tmp_path: Path
) -> None:
    engine = begin(engines, tmp_path, waits=True)
    engine.process.end()
    assert not engine.process.runs
    assert not engine.ended


def test_a_person_who_does_not_want_to_wait_ends_it_at_once(engines: list[Engine], tmp_path: Path) -> None:
    engine = begin(engines, tmp_path, needed=1000)
    impatience = threading.Thread(target=_interrupt_myself_once, args=[lambda: engine.asked])
    impatience.start()
    with pytest.raises(KeyboardInterrupt):
        engine.process.end()
    impatience.join()
    assert not engine.process.runs
    assert not engine.ended


def _interrupt_myself_once(condition: Callable[[], object]) -> None:
    until(condition, "the engine asked")
    os.kill(os.getpid(), signal.SIGINT)
