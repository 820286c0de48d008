"""The bench's results: kept by section, drawn to scale, and held against the aims."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.bench.before import BEFORE, NOW
from tests.bench.growth import marginal
from tests.bench.measure import Timing
from tests.bench.picture import draw
from tests.bench.results import held_against_aims, keep, timings, told

SERVICE = {
    "first_deployment": {
        "make app-up": Timing((3.0, 1.0, 2.0), (1.0, 1.0, 1.0)),
        "helm --wait": Timing((1.0, 1.5, 2.0), (0.5, 0.5, 0.5)),
        "a <b>": Timing((4.0, 4.0, 4.0), (2.0, 2.0, 2.0)),
    }
}


def test_a_section_takes_the_place_of_its_former_self_and_leaves_others(tmp_path: Path) -> None:
    file = tmp_path / "results" / "bench.json"
    keep(file, "service", SERVICE)
    keep(file, "fleet", {"x": {"y": Timing((1.0,), (1.0,))}}, peak_mebibytes=1000.0)
    document = keep(file, "service", {"again": {"y": Timing((2.0,), (1.0,))}})
    assert json.loads(file.read_text()).keys() == {"service", "fleet"}
    assert document["fleet"]["peak_mebibytes"] == 1000.0
    assert list(timings(document, "service")) == ["again"]
    assert timings(document, "growth") == {}


def test_ratios_are_of_the_first_to_each(tmp_path: Path) -> None:
    lines = [line.split() for line in list(told(SERVICE))[1:]]
    assert [line[line.index("CPU") - 1] for line in lines] == ["1.00", "1.33", "0.50"]
    assert [line[-1] for line in lines] == ["1.00", "2.00", "0.50"]


@pytest.mark.parametrize(("ours", "verdict"), [(1.5, "aim"), (1.8, "bound"), (1.9, "MISSED")])
def test_a_ratio_is_within_the_aim_or_the_bound_or_misses_both(
    tmp_path: Path, ours: float, verdict: str
) -> None:
    section = {"first_deployment": {**SERVICE["first_deployment"], "make app-up": Timing((ours,), (1.0,))}}
    lines = list(held_against_aims(keep(tmp_path / "bench.json", "service", section)))
    assert len(lines) == 1
    assert lines[0].endswith(verdict)


def test_a_version_before_is_compared_by_wall_time_and_by_cpu_time(tmp_path: Path) -> None:
    verb = {NOW: Timing((1.0,), (2.4,)), BEFORE: Timing((1.0,), (2.0,))}
    wall, cpu = held_against_aims(keep(tmp_path / "bench.json", "before", {"overview": verb}))
    assert wall.endswith("aim")
    assert cpu.startswith("  overview, CPU: today / before = 1.20")
    assert cpu.endswith("MISSED")


def test_the_picture_has_a_bar_for_each_as_long_as_its_median(tmp_path: Path) -> None:
    picture = ET.fromstring(draw(keep(tmp_path / "bench.json", "service", SERVICE)))  # noqa: S314 - our own
    name = "{http://www.w3.org/2000/svg}"
    widths = [float(bar.get("width", "0")) for bar in picture.iter(f"{name}rect")][1:]
    assert widths[0] / widths[1] == pytest.approx(2.0 / 1.5, rel=0.01)
    assert widths[2] / widths[1] == pytest.approx(4.0 / 1.5, rel=0.01)
    assert {"a <b>", "make app-up"} <= {text.text for text in picture.iter(f"{name}text")}


def test_one_more_is_told_from_each_size_to_the_next_with_its_ratio_to_the_first() -> None:
    sizes = {
        "2": Timing((3.0,), (3.0,)),
        "5": Timing((2.0, 1.8, 2.2), (2.0, 1.8, 2.2)),
        "20": Timing((1.0,), (1.0,)),
    }
    (line,) = marginal({"service_nothing_to_do": sizes})
    # 6 s for two, 10 s for five, 20 s for twenty.
    assert line == (
        "  service nothing to do, one more (ratio to one of 2): 2 to 5: 1.33 s (0.44); 5 to 20: 0.67 s (0.22)"
    )
    # Single samples are called so, and what is one more already is left out.
    few = {"2": Timing((3.0,), (3.0,)), "5": Timing((2.0,), (2.0,))}
    (line,) = marginal({"service_first": few, "namespace_first": few})
    assert "a single sample each" in line
