"""`make bench`: our verbs against helm, kubectl and plain Pulumi, or against those of a version before, in one run."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from tests.bench import before, fleet, growth, service
from tests.bench.ground import Ground, prepared_ground
from tests.bench.measure import Timing, alternate
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
    memory = fleet.peak_mebibytes(ground)
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


def _before(commit: str, rounds: int) -> Section:
    found: dict[str, Mapping[str, Timing]] = {}
    with before.versions(commit) as versions:
        for scenario, contenders in before.daily_verbs(versions):
            _say(f"{scenario.replace('_', ' ')}:")
            found[scenario] = alternate(contenders, rounds, _say)
    return found


_SECTIONS: Mapping[str, Callable[[Ground, int], tuple[Section, dict[str, Any]]]] = {
    "service": _service,
    "fleet": _fleet,
    "growth": _growth,
}


def main(
    rounds: Annotated[int, typer.Option(min=1, help="5, or 3 with --before.")] = 0,
    only: Annotated[str, typer.Option(help="Sections, separated by commas.")] = ",".join(_SECTIONS),
    before: Annotated[str, typer.Option(help="A commit, whose verbs are run beside today's.")] = "",
) -> None:
    """Run sections, print ratios, write `bench-results/bench.json` and draw `docs/speed.svg`."""
    sections = [name.strip() for name in only.split(",")]
    if unknown := [name for name in sections if name not in _SECTIONS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: the sections are {', '.join(_SECTIONS)}")
    commit = _commit(before) if before else ""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Where it is ignored, as under nohup in the background, the engine waits 5 s for each language host that it ends.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if commit:
        document = _kept("before", _before(commit, rounds or 3), commit=commit)
    else:
        with prepared_ground() as ground:
            for name in sections:
                found, further = _SECTIONS[name](ground, rounds or 5)
                document = _kept(name, found, **further)
        _PICTURE.parent.mkdir(exist_ok=True)
        _PICTURE.write_text(draw(document))
    _say("\nthe aims:")
    for line in held_against_aims(document):
        _say(line)
    _say(f"\nwritten: {_RESULTS.relative_to(ROOT)}")


def _kept(name: str, found: Section, **further: Any) -> dict[str, Any]:
    for line in told(found):
        _say(line)
    return keep(_RESULTS, name, found, **further)


def _commit(text: str) -> str:
    asked = ["git", "-C", str(ROOT), "rev-parse", "--verify", "--quiet", f"{text}^{{commit}}"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if not found:
        raise typer.BadParameter(f"{text} is not a commit of this repository")
    return found


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - what the command is for


if __name__ == "__main__":
    typer.run(main)
