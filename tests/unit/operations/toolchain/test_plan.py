"""How many compilers work at a time follows from cores and memory; the largest package and link always fit."""

import pytest

from operations.toolchain.source import plan

COMPILER, LINK, LARGE_LINK = 1.7, 2.0, 4.4
"""GiB at most, as measured: for the largest package, for most links, and for the provider's."""


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
