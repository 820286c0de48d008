"""`make bench`: our verbs against helm, kubectl and plain Pulumi, alternately, on one control plane, in one run."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.bench import fleet, growth, service
from tests.bench.ground import Ground, prepared_ground
from tests.bench.measure import Timing, alternate
from tests.bench.memory import peak_mebibytes
from tests.bench.picture import draw
from tests.bench.results import Section, held_against_aims, keep, told
from tests.checkout import ROOT

_RESULTS = ROOT / "bench-results" / "bench.json"
_PICTURE = ROOT / "docs" / "speed.svg"


def _service(ground: Ground, rounds: int) -> tuple[Section, dict[str, Any]]:
    day = service.Service(ground)
    found: dict[str, Mapping[str, Timing]] = {}
    for scenario in (
        service.first_deployment,
        service.nothing_to_do,
        service.one_value,
        service.move,
        service.preview,
    ):
        _say(f"{scenario.__name__.replace('_', ' ')}:")
        found[scenario.__name__] = alternate(scenario(day), rounds, _say)
    return found, {}


def _fleet(ground: Ground, rounds: int) -> tuple[Section, dict[str, Any]]:
    memory = peak_mebibytes(ground)
    _say(f"memory of 8 first deployments, 4 at once: {memory:.0f} MiB at the most")
    with fleet.fleet(ground) as names:
        _say("fleet, nothing to do:")
        found = alternate(fleet.nothing_to_do(ground, names), rounds, _say)
    return {"fleet_nothing_to_do": found}, {"peak_mebibytes": memory}


def _growth(ground: Ground, rounds: int) -> tuple[Section, dict[str, Any]]:
    _say("growth:")
    found = {**growth.services(ground, rounds, _say), **growth.namespaces(ground, rounds, _say)}
    for line in growth.marginal(found):
        _say(line)
    return found, {}


_SECTIONS: Mapping[str, Callable[[Ground, int], tuple[Section, dict[str, Any]]]] = {
    "service": _service,
    "fleet": _fleet,
    "growth": _growth,
}


def main() -> int:
    """Run sections of the bench, print ratios, write `bench-results/bench.json` and draw `docs/speed.svg`.

    Returns:
        0.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=_rounds, default=5)
    parser.add_argument("--only", type=_sections, default=list(_SECTIONS))
    options = parser.parse_args()
    document: Mapping[str, Any] = {}
    with prepared_ground() as ground:
        for name in options.only:
            found, further = _SECTIONS[name](ground, options.rounds)
            document = keep(_RESULTS, name, found, **further)
            for line in told(found):
                _say(line)
    _PICTURE.parent.mkdir(exist_ok=True)
    _PICTURE.write_text(draw(document))
    _say("\nthe aims:")
    for line in held_against_aims(document):
        _say(line)
    _say(f"\nwritten: {_RESULTS.relative_to(ROOT)}, {_PICTURE.relative_to(ROOT)}")
    return 0


def _sections(text: str) -> Sequence[str]:
    named = [name for part in text.split(",") if (name := part.strip())] or list(_SECTIONS)
    if unknown := [name for name in named if name not in _SECTIONS]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(_SECTIONS)}")
    return named


def _rounds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of 1 or more")
    return int(text)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
