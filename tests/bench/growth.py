"""Growth: what one service costs among 2, 5, 20 and 50, and one infrastructure namespace among 10, 20 and 200."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple
from functools import partial
from itertools import pairwise

from tests.bench.fleet import fleet
from tests.bench.ground import Ground
from tests.bench.measure import Timing, joined, measure
from tests.growth import declare_namespaces

SERVICES = (2, 5, 20, 50)
NAMESPACES = (10, 20, 200)

Say = Callable[[str], object]


def services(ground: Ground, rounds: int, say: Say) -> Mapping[str, Mapping[str, Timing]]:
    """Seconds per service: the first deployment of all of them, once, and then nothing to do, several times."""
    first: dict[str, Timing] = {}
    nothing: dict[str, Timing] = {}
    for count in SERVICES:
        with ExitStack() as stack:
            deployed = measure(lambda: stack.enter_context(fleet(ground, count, f"grow{count}")))  # noqa: B023
            first[str(count)] = _each(count, [deployed])
            apps_up = partial(ground.checkout.make, "apps-up", ENV=f"grow{count}")
            nothing[str(count)] = _each(count, [measure(apps_up) for _ in range(rounds)])
            say(
                f"  {count} services: {first[str(count)].median:.2f} s each, then {nothing[str(count)].median:.2f} s"
            )
    return {"service_first": first, "service_nothing_to_do": nothing}


def namespaces(ground: Ground, rounds: int, say: Say) -> Mapping[str, Mapping[str, Timing]]:
    """Seconds per infrastructure namespace: each that is new, once, and then nothing to do, several times."""
    first: dict[str, Timing] = {}
    nothing: dict[str, Timing] = {}
    infra_up = partial(ground.checkout.make, "infra-up")
    before = 0
    for count in NAMESPACES:
        declare_namespaces(ground.checkout, count)
        first[str(count)] = _each(count - before, [measure(infra_up)])
        nothing[str(count)] = _each(count, [measure(infra_up) for _ in range(rounds)])
        before = count
        say(
            f"  {count} namespaces: {first[str(count)].median:.2f} s each new, then {nothing[str(count)].median:.2f} s"
        )
    return {"namespace_first": first, "namespace_nothing_to_do": nothing}


def marginal(found: Mapping[str, Mapping[str, Timing]]) -> Iterator[str]:
    """A line for each scenario: what one more costs from each size to the next, and its ratio to one of the first.

    New namespaces are left out, since each of them is one more already. The first deployments were run once each.
    """
    for scenario, sizes in found.items():
        totals = [(int(size), int(size) * timing.median) for size, timing in sizes.items()]
        if scenario == "namespace_first" or len(totals) < 2:
            continue
        smallest, total = totals[0]
        parts = [
            f"{fewer} to {more}: {cost:.2f} s ({cost / (total / smallest):.2f})"
            for (fewer, less), (more, much) in pairwise(totals)
            for cost in [(much - less) / (more - fewer)]
        ]
        once = ", a single sample each" if scenario.endswith("first") else ""
        yield f"  {scenario.replace('_', ' ')}, one more (ratio to one of {smallest}{once}): {'; '.join(parts)}"


def _each(count: int, timings: Sequence[Timing]) -> Timing:
    """The seconds for one of so many."""
    return Timing(*(tuple(value / count for value in part) for part in astuple(joined(timings))))
