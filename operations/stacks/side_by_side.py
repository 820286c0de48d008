"""Several stacks side by side: each in its turn, going on where one fails."""

import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import IntEnum
from graphlib import TopologicalSorter
from typing import Protocol

from operations.engine.events import Step
from operations.engine.faults import EngineFailure
from operations.engine.project import StackId
from operations.engine.report import WATCH
from operations.engine.stop import STOP, Stop, Stopped
from operations.interrupts import undisturbed
from operations.stacks.neighbours import Waits
from operations.stacks.order import Needs
from shared.refusal import Refusal

Verb = Callable[[StackId], tuple[Step, ...]]
"""What is done with a stack; returns the steps that were taken, or would be."""


_STOPPED = "It was stopped before it began an update."


class Code(IntEnum):
    """The exit code that a stack's end amounts to."""

    WELL = 0
    FAILED = 1
    REFUSED = 2


@dataclass(frozen=True)
class Ended:
    """How it went with one stack.

    Args:
        stack: the stack.
        code: the exit code that it amounts to.
        steps: the steps that were taken; none where it failed.
        message: what went wrong and what to do; empty where nothing did.
        skipped_for: the stack whose end kept this one from its turn; None where it had it.
        seconds: how long it took.
    """

    stack: StackId
    code: Code = Code.WELL
    steps: tuple[Step, ...] = ()
    message: str = ""
    skipped_for: StackId | None = None
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        """Whether it had its turn and nothing went wrong."""
        return self.code is Code.WELL and self.skipped_for is None


class Audience(Protocol):
    """Is told how a fleet gets on, from several threads."""

    def at(self, stack: StackId, what: str) -> None:
        """A stack has its turn, and is at something."""

    def ended(self, ended: Ended) -> None:
        """A stack's turn is over, or will not come."""

    def stopping(self) -> None:
        """A person stopped it: those under way end, and nobody else begins."""


def side_by_side(
    needs: Needs, verb: Verb, *, at_once: int, audience: Audience, waits: Waits | None = None
) -> list[Ended]:
    """Do something with several stacks, each once those before it are through, and go on where one fails.

    Where one fails or is refused, those that need it are skipped. Where a person stops it, those under way end in order
    and the others have no turn; stopped again, they end at once.

    Args:
        needs: the stacks, each with those that come before it; without circles.
        verb: what to do with each.
        at_once: how many have their turn at the same time.
        audience: is told how it goes.
        waits: whose turn comes first besides, along the order of `needs`; nobody is skipped for that.

    Returns:
        How it went with each, in the order of `needs`.
    """
    sorter = TopologicalSorter(needs)
    for after, before in (waits or {}).items():
        sorter.add(after, before)
    sorter.prepare()
    ends: dict[StackId, Ended] = {}
    stop = Stop()
    running: dict[Future[Ended], StackId] = {}

    def note(ended: Ended) -> None:
        ends[ended.stack] = ended
        audience.ended(ended)
        sorter.done(ended.stack)

    def begin(pool: ThreadPoolExecutor) -> None:
        for stack in sorter.get_ready():
            missing = next((need for need in needs[stack] if not ends[need].is_well), None)
            if missing:
                note(Ended(stack, skipped_for=missing))
            else:
                running[pool.submit(_turn, stack, verb, audience, stop)] = stack

    def note_ended(futures: Iterable[Future[Ended]]) -> None:
        for future in futures:
            del running[future]
            if not future.cancelled():
                note(future.result())

    with ThreadPoolExecutor(at_once) as pool:
        try:
            while sorter.is_active():
                with undisturbed():
                    begin(pool)
                through, _ = wait(running, return_when=FIRST_COMPLETED)
                with undisturbed():
                    note_ended(through)
        except (KeyboardInterrupt, SystemExit):
            pool.shutdown(wait=False, cancel_futures=True)
            audience.stopping()
            _end(stop, [future for future in running if not future.cancelled()])
            note_ended(list(running))
    return [ends.get(stack) or Ended(stack, Code.FAILED, message=_STOPPED) for stack in needs]


def _end(stop: Stop, running: Collection[Future[Ended]]) -> None:
    stop.ask()
    try:
        wait(running)
    except (KeyboardInterrupt, SystemExit):
        stop.ask()
        raise


def _turn(stack: StackId, verb: Verb, audience: Audience, stop: Stop) -> Ended:
    begun = time.monotonic()
    audience.at(stack, "begins")
    watch, stopping = WATCH.set(lambda what: audience.at(stack, what)), STOP.set(stop)
    code, message = Code.WELL, ""
    steps: tuple[Step, ...] = ()
    try:
        steps = verb(stack)
    except Refusal as refusal:
        code, message = Code.REFUSED, str(refusal)
    except Stopped:
        code, message = Code.FAILED, _STOPPED
    except EngineFailure as failure:
        code, message = Code.FAILED, str(failure)
    except OSError as error:
        code, message = Code.FAILED, f"The operating system refuses: {error}."
    except Exception as defect:
        code, message = Code.FAILED, f"{type(defect).__name__}: {defect}"
    finally:
        WATCH.reset(watch)
        STOP.reset(stopping)
    return Ended(stack, code, steps, message, seconds=time.monotonic() - begun)
