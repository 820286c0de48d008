"""The results: kept by section in one JSON file, told as medians, spreads and ratios, and held against the aims."""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.before import BEFORE, NOW
from tests.bench.measure import Timing

Section = Mapping[str, Mapping[str, Timing]]
"""The timings of a section, by scenario and contender."""


@dataclass(frozen=True)
class Aim:
    """What the ratio of our median to another of the same scenario should be, and the most that it may be."""

    section: str
    scenario: str
    ours: str
    other: str
    bound: float
    aim: float
    cpu: bool = False
    """Whether it is about CPU time, not wall time."""


AIMS = (
    Aim("service", "first_deployment", "make app-up", "helm --wait", 1.25, 1.0),
    Aim("service", "one_value", "make app-up", "helm --wait", 1.5, 1.5),
    Aim("service", "nothing_to_do", "make app-up", "plain pulumi up", 0.6, 0.4),
    Aim("fleet", "fleet_nothing_to_do", "make apps-up", "20 helm upgrades", 1.0, 1.0),
    Aim("fleet", "fleet_nothing_to_do", "make apps-up", "20 plain pulumi up --skip-preview", 0.35, 0.35),
    Aim("growth", "service_first", "50", "5", 1.15, 1.15),
    Aim("growth", "service_nothing_to_do", "50", "5", 1.15, 1.15),
    Aim("growth", "namespace_first", "200", "20", 1.2, 1.2),
    Aim("growth", "namespace_nothing_to_do", "200", "20", 1.2, 1.2),
)


def keep(file: Path, name: str, section: Section, **further: Any) -> dict[str, Any]:
    """Replace a section of the results' file, with whatever else was found there, and return all results."""
    document: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    document[name] = {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg()},
        "timings": {
            scenario: {contender: asdict(timing) for contender, timing in timings.items()}
            for scenario, timings in section.items()
        },
        **further,
    }
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(document, indent=1))
    return document


def timings(document: Mapping[str, Any], section: str) -> Section:
    """The timings of a section of the results; empty where it was never run."""
    return {
        scenario: {
            contender: Timing(tuple(seconds["wall"]), tuple(seconds["cpu"]))
            for contender, seconds in contenders.items()
        }
        for scenario, contenders in document.get(section, {}).get("timings", {}).items()
    }


def told(section: Section) -> Iterator[str]:
    """A section in lines: each scenario's medians, spreads, and ratios of the first contender to each."""
    for scenario, contenders in section.items():
        yield f"\n{scenario.replace('_', ' ')} (median, spread; CPU; each with the ratio of the first to it)"
        ours = next(iter(contenders.values()))
        for name, timing in contenders.items():
            wall = f"{timing.median:7.2f} s  ±{timing.spread / 2:.2f}  {ours.median / timing.median:5.2f}"
            cpu = f"{timing.cpu_median:7.2f} s  {ours.cpu_median / timing.cpu_median:5.2f}"
            yield f"  {name:34} {wall}  CPU {cpu}"


def held_against_aims(document: Mapping[str, Any]) -> Iterator[str]:
    """A line for each aim whose section was run: the ratio, and whether it is within the aim or the bound."""
    daily = timings(document, "before")
    than_before = (
        Aim("before", verb, NOW, BEFORE, 1.15, 1.0, cpu) for verb in daily for cpu in (False, True)
    )
    for aim in (*AIMS, *than_before):
        contenders = timings(document, aim.section).get(aim.scenario, {})
        if aim.ours in contenders and aim.other in contenders:
            ours, other = contenders[aim.ours], contenders[aim.other]
            ratio = ours.cpu_median / other.cpu_median if aim.cpu else ours.median / other.median
            verdict = "aim" if ratio <= aim.aim else "bound" if ratio <= aim.bound else "MISSED"
            scenario = aim.scenario.replace("_", " ") + (", CPU" if aim.cpu else "")
            yield (
                f"  {scenario}: {aim.ours} / {aim.other} = {ratio:.2f}"
                f"  (aim {aim.aim:.2f}, bound {aim.bound:.2f}): {verdict}"
            )
