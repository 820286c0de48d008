"""Growth: what one service costs among 5, 20 and 50, and one infrastructure namespace among 20 and 200."""

import time
from collections.abc import Callable, Mapping

from tests.bench.fleet import fleet
from tests.bench.ground import Ground
from tests.bench.measure import Timing
from tests.growth import declare_namespaces

SERVICES = (5, 20, 50)
NAMESPACES = (20, 200)

Say = Callable[[str], object]


def services(ground: Ground, rounds: int, say: Say) -> Mapping[str, Mapping[str, Timing]]:
    """Seconds per service: the first deployment of all of them, once, and then nothing to do, several times."""
    first: dict[str, Timing] = {}
    nothing: dict[str, Timing] = {}
    for count in SERVICES:
        begun = time.monotonic()
        with fleet(ground, count, f"grow{count}"):
            first[str(count)] = _each(count, [time.monotonic() - begun])
            again = [
                _timed(lambda: ground.checkout.make("apps-up", ENV=f"grow{count}"))  # noqa: B023 - at once
                for _ in range(rounds)
            ]
            nothing[str(count)] = _each(count, again)
            say(
                f"  {count} services: {first[str(count)].median:.2f} s each, then {nothing[str(count)].median:.2f} s"
            )
    return {"service_first": first, "service_nothing_to_do": nothing}


def namespaces(ground: Ground, rounds: int, say: Say) -> Mapping[str, Mapping[str, Timing]]:
    """Seconds per infrastructure namespace: each that is new, once, and then nothing to do, several times."""
    first: dict[str, Timing] = {}
    nothing: dict[str, Timing] = {}
    before = 0
    for count in NAMESPACES:
        declare_namespaces(ground.checkout, count)
        first[str(count)] = _each(count - before, [_timed(lambda: ground.checkout.make("infra-up"))])
        again = [_timed(lambda: ground.checkout.make("infra-up")) for _ in range(rounds)]
        nothing[str(count)] = _each(count, again)
        before = count
        say(
            f"  {count} namespaces: {first[str(count)].median:.2f} s each new, then {nothing[str(count)].median:.2f} s"
        )
    return {"namespace_first": first, "namespace_nothing_to_do": nothing}


def _timed(run: Callable[[], object]) -> float:
    begun = time.monotonic()
    run()
    return time.monotonic() - begun


def _each(count: int, seconds: list[float]) -> Timing:
    return Timing(tuple(value / count for value in seconds))
