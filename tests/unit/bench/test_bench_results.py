"""The bench's results, held against the aims."""

from pathlib import Path

import pytest

from tests.bench.before import BEFORE, NOW
from tests.bench.measure import Timing
from tests.bench.results import held_against_aims, keep, told

SERVICE = {
    "first_deployment": {
        "make app-up": Timing((3.0, 1.0, 2.0), (1.0, 1.0, 1.0)),
        "helm --wait": Timing((1.0, 1.5, 2.0), (0.5, 0.5, 0.5)),
        "a <b>": Timing((4.0, 4.0, 4.0), (2.0, 2.0, 2.0)),
    }
}


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
