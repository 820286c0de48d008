"""Several stacks in parallel: each after those that it needs, going on where one fails."""

import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Literal, get_args

from rich.markup import escape
from rich.progress import Progress, TaskID, TextColumn, TimeElapsedColumn

from operations.console import err, out
from operations.engine.events import WATCH, Step, tally
from operations.engine.run import STOP, Stop, Stopped
from operations.facts import StackFacts
from operations.interrupts import undisturbed
from shared.errors import Failure, PlatformError, Refusal
from shared.stacks import Stack

Needs = Mapping[Stack, frozenset[Stack]]
"""For each stack those that come before it, and without which it is skipped; without circles."""

Verb = Callable[[Stack], tuple[Step, ...]]
"""What is done with a stack; returns the steps that were taken, or planned."""

DONE, FAILED, REFUSED = 0, Failure.exit_code, Refusal.exit_code

End = Literal["changed", "unchanged", "refused", "failed", "skipped"]
_GOOD: Collection[End] = ("changed", "unchanged")

_MOST_BY_DEFAULT = 4
"""A run of the engine takes most of a core, and a quarter of a GiB of memory with its provider."""

_STOPPED = "It was stopped before it began an update."


@dataclass(frozen=True)
class Result:
    """What became of one stack: how it ended, the steps taken (none where it failed), and what went wrong.

    `skipped_for` is the stack whose end kept this one from its turn.
    """

    stack: Stack
    end: End
    steps: tuple[Step, ...] = ()
    message: str = ""
    skipped_for: Stack | None = None
    seconds: float = 0.0


class Display:
    """Shows stacks in parallel: a line for each at its end, and in a terminal those under way in a live table."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[at]}", markup=False),
        )
        self.table = Progress(
            *columns, TimeElapsedColumn(), console=err, transient=True, disable=not err.is_terminal
        )
        self._under_way: dict[Stack, TaskID] = {}

    def at(self, stack: Stack, what: str) -> None:
        """A stack has its turn, and this is what it is doing."""
        if stack not in self._under_way:
            self._under_way[stack] = self.table.add_task(stack.label, at=what)
        self.table.update(self._under_way[stack], at=what)

    def ended(self, result: Result) -> None:
        """A stack's turn is over, or will not come."""
        if result.stack in self._under_way:
            self.table.remove_task(self._under_way.pop(result.stack))
        label, took = escape(result.stack.label), f"({result.seconds:.1f} s)"
        if result.skipped_for:
            needed = escape(result.skipped_for.label)
            err.print(f"[yellow]{label}: skipped, since it needs {needed}.[/yellow]")
        elif result.end in _GOOD:
            err.print(f"{label}: {tally(result.steps)} {took}.")
        else:
            err.print(f"[red]{label}: {result.end} {took}.[/red]")


def owners_first(settings: Mapping[Stack, StackFacts]) -> Needs:
    """Order stacks by the namespaces that they read from each other; Refusal where that is a circle.

    Settings with a fault order nothing; deploying such a stack is refused with what is wrong in them. What is read from
    a stack that is not among them is there already, or refused.
    """
    needs = {
        stack: frozenset(claim.owner for claim in own.claims if claim.owner in settings) - {stack}
        for stack, own in settings.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        files = ", ".join(settings[stack].file for stack in dict.fromkeys(error.args[1]))
        raise Refusal(
            f"Stacks read their namespaces from each other in a circle (namespace_source in {files}).",
            "Let one of them own its namespace: create_namespace: true, without namespace_source.",
        ) from None
    return needs


def readers_first(settings: Mapping[Stack, StackFacts]) -> Needs:
    """The same for taking down: the stacks that read a namespace go before its owner."""
    owners = owners_first(settings)
    return {stack: frozenset(reader for reader in owners if stack in owners[reader]) for stack in owners}


def one_by_one(needs: Needs, settings: Mapping[Stack, StackFacts]) -> Mapping[Stack, Stack]:
    """For stacks that use the same namespace, which one each waits for.

    Two at once would both be checked against the quota without the other.
    """
    users: dict[tuple[Stack, str], list[Stack]] = {}
    for stack in TopologicalSorter(needs).static_order():
        for claim in settings[stack].claims:
            users.setdefault((settings[stack].infrastructure, claim.name), []).append(stack)
    return {after: before for stacks in users.values() for before, after in pairwise(stacks)}


def run_all(
    name: str,
    needs: Needs,
    verb: Verb,
    parallel: int | None,
    *,
    waits: Mapping[Stack, Stack] | None = None,
    deploys: bool = True,
    show_all: Callable[[], None] = lambda: None,
) -> int:
    """Do something with several stacks, tell what became of each, and return the exit code.

    As many at the same time as cores allow, or as `parallel` says. `deploys` tells whether their steps are taken, not
    only planned; `show_all` shows what there is to show between the display and the sum.
    """
    begun = time.monotonic()
    limit = parallel or min((os.cpu_count() or 1) + 1, _MOST_BY_DEFAULT)
    display = Display()
    with display.table:
        results = in_parallel(needs, verb, limit=limit, display=display, waits=waits)
    show_all()
    for result in results:
        if result.message:
            err.print(f"{result.stack.label}: {result.message}", style="red", markup=False)
    out.print(f"{name}: {sum_up(results)} in {time.monotonic() - begun:.1f} s.")
    return exit_code(results, deployed=deploys)


def exit_code(results: Sequence[Result], *, deployed: bool = True) -> int:
    """2 where stacks were refused, and nothing was changed and none failed; 1 for any other trouble.

    `deployed` tells whether the stacks' steps were taken, not only planned.
    """
    ends = {result.end for result in results}
    if "failed" in ends or ("refused" in ends and deployed and "changed" in ends):
        return FAILED
    return REFUSED if "refused" in ends else DONE


def sum_up(results: Sequence[Result]) -> str:
    """How many stacks ended in which way, such as `2 changed, 1 refused`."""
    counts = Counter(result.end for result in results)
    return ", ".join(f"{counts[end]} {end}" for end in get_args(End) if counts[end])


def in_parallel(
    needs: Needs, verb: Verb, *, limit: int, display: Display, waits: Mapping[Stack, Stack] | None = None
) -> list[Result]:
    """Do something with several stacks, each after those that it needs; what became of each, in the order of `needs`.

    Stacks that need one which failed or was refused are skipped; one that a stack only waits for may end as it likes.
    Where a person stops the command, those under way end in order and the others have no turn; stopped again, they end
    at once.
    """
    sorter = TopologicalSorter(needs)
    for after, before in (waits or {}).items():
        sorter.add(after, before)
    sorter.prepare()
    results: dict[Stack, Result] = {}
    stop = Stop()
    running: dict[Future[Result], Stack] = {}

    def note(result: Result) -> None:
        results[result.stack] = result
        display.ended(result)
        sorter.done(result.stack)

    def begin(pool: ThreadPoolExecutor) -> None:
        for stack in sorter.get_ready():
            missing = next((need for need in needs[stack] if results[need].end not in _GOOD), None)
            if missing:
                note(Result(stack, "skipped", skipped_for=missing))
            else:
                running[pool.submit(_turn, stack, verb, display, stop)] = stack

    def note_ended(futures: Iterable[Future[Result]]) -> None:
        for future in futures:
            del running[future]
            if not future.cancelled():
                note(future.result())

    with ThreadPoolExecutor(limit) as pool:
        try:
            while sorter.is_active():
                with undisturbed():
                    begin(pool)
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                with undisturbed():
                    note_ended(ended)
        except (KeyboardInterrupt, SystemExit):
            pool.shutdown(wait=False, cancel_futures=True)
            err.print("Stopping; what has begun is finished and saved, nothing else begins ...")
            stop.ask()
            try:
                wait([future for future in running if not future.cancelled()])
            except (KeyboardInterrupt, SystemExit):
                stop.ask()
                raise
            note_ended(list(running))
    return [results.get(stack) or Result(stack, "failed", message=_STOPPED) for stack in needs]


def _turn(stack: Stack, verb: Verb, display: Display, stop: Stop) -> Result:
    begun = time.monotonic()
    display.at(stack, "begins")
    # Of this thread alone; its next turn sets them again.
    WATCH.set(lambda what: display.at(stack, what))
    STOP.set(stop)
    end: End = "failed"
    message, steps = "", tuple[Step, ...]()
    try:
        steps = verb(stack)
        end = "changed" if any(step.is_change for step in steps) else "unchanged"
    except PlatformError as error:
        end, message = "refused" if isinstance(error, Refusal) else "failed", str(error)
    except Stopped:
        message = _STOPPED
    except OSError as error:
        message = f"{error}."
    except Exception as defect:
        message = f"{type(defect).__name__}: {defect}"
    return Result(stack, end, steps, message, seconds=time.monotonic() - begun)
