"""Measuring alternately: each contender once a round, so that a busy machine is busy for all of them."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """Something that is measured.

    Args:
        name: what it is called in the results.
        run: what is measured.
        prepare: what comes before each measurement and is not measured.
    """

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Timing:
    """The times of one contender, in seconds.

    Args:
        samples: each measurement.
    """

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.samples)

    @property
    def spread(self) -> float:
        """From the shortest to the longest."""
        return max(self.samples) - min(self.samples)


def alternate(contenders: list[Contender], rounds: int, say: Callable[[str], object]) -> Mapping[str, Timing]:
    """Measure contenders alternately.

    Args:
        contenders: what to measure, in the order of each round.
        rounds: how often.
        say: is told each measurement.
    """
    samples: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(1, rounds + 1):
        for contender in contenders:
            contender.prepare()
            start = time.monotonic()
            contender.run()
            samples[contender.name].append(time.monotonic() - start)
            say(f"  round {number}/{rounds} {contender.name}: {samples[contender.name][-1]:.2f} s")
    return {name: Timing(tuple(times)) for name, times in samples.items()}
