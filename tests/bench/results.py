"""The results: kept by section in one JSON file, told as medians, spreads and ratios, and held against the aims."""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.measure import Timing

Section = Mapping[str, Mapping[str, Timing]]
"""The timings of a section, by scenario and contender."""


@dataclass(frozen=True)
class Aim:
    """How one median should compare with others of the same scenario.

    Args:
        section: the section of the bench.
        scenario: the scenario in it.
        ours: the contender that is held against the other.
        other: the other one.
        bound: the most that the ratio may be.
        aim: what it should be; the same as the bound where there is no other.
    """

    section: str
    scenario: str
    ours: str
    other: str
    bound: float
    aim: float


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
    """Put a section into the results' file, in place of what it held of that section before.

    Args:
        file: the results.
        name: the section's name.
        section: its timings.
        further: what else was found.

    Returns:
        All results.
    """
    document: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    document = {
        key: value for key, value in document.items() if isinstance(value, dict) and "seconds" in value
    }
    document[name] = {
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg()},
        "seconds": {
            scenario: {contender: list(timing.samples) for contender, timing in timings.items()}
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
        scenario: {contender: Timing(tuple(samples)) for contender, samples in contenders.items()}
        for scenario, contenders in document.get(section, {}).get("seconds", {}).items()
    }


def told(section: Section) -> Iterator[str]:
    """A section in lines: for each scenario the median, the spread, and the ratio of the first contender to each."""
    for scenario, contenders in section.items():
        yield f"\n{scenario.replace('_', ' ')} (median, spread, ratio of the first to each)"
        ours = next(iter(contenders.values()))
        for name, timing in contenders.items():
            ratio = ours.median / timing.median
            yield f"  {name:34} {timing.median:7.2f} s  ±{timing.spread / 2:.2f}  {ratio:5.2f}"


def held_against_aims(document: Mapping[str, Any]) -> Iterator[str]:
    """A line for each aim whose section was run: the ratio, and whether it is within the aim or the bound."""
    for aim in AIMS:
        contenders = timings(document, aim.section).get(aim.scenario, {})
        if aim.ours in contenders and aim.other in contenders:
            ratio = contenders[aim.ours].median / contenders[aim.other].median
            verdict = "aim" if ratio <= aim.aim else "bound" if ratio <= aim.bound else "MISSED"
            scenario = aim.scenario.replace("_", " ")
            yield (
                f"  {scenario}: {aim.ours} / {aim.other} = {ratio:.2f}"
                f"  (aim {aim.aim:.2f}, bound {aim.bound:.2f}): {verdict}"
            )
