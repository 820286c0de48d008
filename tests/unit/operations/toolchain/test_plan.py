"""How many compilers work at a time follows from cores and memory; the largest package and link always fit."""

import pytest

from operations.toolchain.source import plan
from operations.toolchain.tools import builds

COMPILER, LINK, LARGE_LINK = 1.7, 2.0, 4.4
"""GiB at most, as measured: for the largest package, for most links, and for the provider's."""

SECONDS = {
    "Kubernetes provider": (255, 53),
    "Kubernetes": (170, 17),
    "Pulumi": (150, 12),
    "metrics-server": (90, 6),
    "kwok": (43, 10),
    "kubectl": (10, 5),
    "etcd": (12, 4),
    "Pulumi's Python host": (8, 3),
}
"""Of each cold build, as measured: with two compilers to compile, and, by estimate, to link, which takes one thread."""


@pytest.mark.parametrize(
    ("cores", "gib", "builds", "compilers", "large_apart"),
    [
        (1, 4, 1, 1, True),
        (2, 6, 2, 1, True),
        (2, 24, 2, 1, False),
        (4, 8, 2, 1, False),
        (8, 16, 3, 2, False),
        (16, 64, 3, 5, False),
        (64, 8, 2, 1, False),
    ],
)
def test_the_plan_for_a_machine(
    cores: int, gib: float, builds: int, compilers: int, large_apart: bool
) -> None:
    assert plan(cores, gib) == (builds, compilers, large_apart)


@pytest.mark.parametrize("cores", [1, 2, 3, 4, 6, 8, 12, 32])
@pytest.mark.parametrize("gib", [6, 8, 12, 16, 32, 64])
def test_the_plan_fits_into_memory_and_leaves_no_core_without_need(cores: int, gib: float) -> None:
    at_once, compilers, large_apart = plan(cores, gib)
    busy = max(compilers * COMPILER, LINK)
    assert at_once * compilers <= cores
    assert at_once * busy < gib
    assert LARGE_LINK + (0 if large_apart else (at_once - 1) * busy) < gib


def test_eight_cores_with_16_gib_work_at_four_things_or_more_and_take_at_most_0_6_of_the_time_of_two() -> (
    None
):
    at_once, compilers, _ = plan(8, 16)
    assert at_once * compilers >= 4
    assert _seconds(8, 16) <= 0.6 * _seconds(2, 24)


def _seconds(cores: int, gib: float) -> float:
    """How long the builds take, in the order of tools.toml."""
    at_once, compilers, large_apart = plan(cores, gib)
    assert not large_apart
    free = [0.0] * at_once
    for build in (one for one in builds().values() if not one.on_demand):
        compile_, link = SECONDS[build.title]
        free[free.index(min(free))] += 2 * compile_ / compilers + link
    return max(free)
