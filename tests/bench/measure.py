"""Measuring alternately: each contender once a round, so that a busy machine is busy for all of them."""

import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import chain


@dataclass(frozen=True)
class Contender:
    """Something that is measured; what prepares it comes before each measurement and is not measured."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Timing:
    """The measurements of one contender, in seconds of wall time and of CPU time.

    The CPU time is user and system time of the whole process tree, without what a cluster's own processes do for it.
    """

    wall: tuple[float, ...]
    cpu: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the wall times."""
        return statistics.median(self.wall)

    @property
    def spread(self) -> float:
        """From the shortest to the longest wall time."""
        return max(self.wall) - min(self.wall)

    @property
    def cpu_median(self) -> float:
        """The median of the CPU times."""
        return statistics.median(self.cpu)


def measure(run: Callable[[], object]) -> Timing:
    """Measure one run of commands."""
    started, used = time.monotonic(), _cpu_of_children()
    run()
    return Timing((time.monotonic() - started,), (_cpu_of_children() - used,))


def joined(timings: Sequence[Timing]) -> Timing:
    """All measurements of some timings."""
    return Timing(*(tuple(chain.from_iterable(part)) for part in zip(*map(astuple, timings), strict=True)))


def alternate(
    contenders: Sequence[Contender], rounds: int, say: Callable[[str], object]
) -> Mapping[str, Timing]:
    """Measure contenders alternately, so many rounds, and say each measurement."""
    found: dict[str, list[Timing]] = {contender.name: [] for contender in contenders}
    for number in range(1, rounds + 1):
        for contender in contenders:
            contender.prepare()
            timing = measure(contender.run)
            found[contender.name].append(timing)
            seconds = f"{timing.median:.2f} s, {timing.cpu[0]:.2f} s of CPU"
            say(f"  round {number}/{rounds} {contender.name}: {seconds}")
    return {name: joined(timings) for name, timings in found.items()}


def _cpu_of_children() -> float:
    """Of all processes that were waited for, and of those that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
