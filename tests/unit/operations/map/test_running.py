"""Workloads and quotas in words."""

import pytest

from operations.map.running import Health, Level, quota_shown, quotas_shown, workload_shown
from operations.status.quotas import QuotaFacts
from tests.unit.operations.map.workspaces import deployment


@pytest.mark.parametrize(
    ("wanted", "ready", "health", "words"),
    [
        (2, 2, "ready", "2 of 2 ready"),
        (2, 3, "ready", "3 of 2 ready"),
        (2, 1, "partly", "1 of 2 ready"),
        (2, 0, "down", "0 of 2 ready"),
        (0, 0, "idle", "scaled to none"),
    ],
)
def test_health(wanted: int, ready: int, health: Health, words: str) -> None:
    shown = workload_shown(deployment("x", "", wanted=wanted, ready=ready), {})
    assert (shown.health, shown.words) == (health, words)


def test_a_problem_is_told_where_it_is_one() -> None:
    assert workload_shown(deployment("x", "", ready=1, problem="no"), {}).problem == "no"
    assert workload_shown(deployment("x", "", problem="over by now"), {}).problem == ""


def test_an_image_is_told_by_its_last_part() -> None:
    assert workload_shown(deployment("x", ""), {}).image == "x:1.4"


@pytest.mark.parametrize(
    ("resource", "used", "hard", "shown"),
    [
        ("requests.cpu", "500m", "2", ("CPU requests", "500m of 2", 25, "fine")),
        ("limits.memory", "820Mi", "1Gi", ("memory limits", "820Mi of 1Gi", 80, "near")),
        ("pods", "20", "20", ("pods", "20 of 20", 100, "full")),
        ("pods", "30", "20", ("pods", "30 of 20", 100, "full")),
        ("count/secrets", "0", "0", ("secrets", "none allowed", 0, "fine")),
        ("count/secrets", "1", "0", ("secrets", "1 of 0", 100, "full")),
        ("pods", "some", "20", ("pods", "some of 20", None, "fine")),
    ],
)
def test_quotas(resource: str, used: str, hard: str, shown: tuple[str, str, int | None, Level]) -> None:
    found = quota_shown(QuotaFacts("q", resource, used, hard))
    assert (found.resource, found.words, found.percent, found.level) == shown


def _parts(*quotas: tuple[str, str]) -> tuple[list[str], list[str]]:
    found = quotas_shown(QuotaFacts("q", resource, used, "10") for resource, used in quotas)
    return [one.resource for one in found.first], [one.resource for one in found.rest]


def test_what_is_nearly_used_up_comes_first_then_the_main_ones_and_the_rest_is_apart() -> None:
    some = (("configmaps", "1"), ("limits.cpu", "1"), ("pods", "1"), ("requests.cpu", "1"), ("services", "9"))
    assert _parts(*some) == (["services", "CPU requests", "pods"], ["configmaps", "CPU limits"])
    assert not quotas_shown([QuotaFacts("q", "pods", "1", "10")]).are_tight
    assert quotas_shown([QuotaFacts("q", "pods", "9", "10")]).are_tight


def test_one_alone_is_not_put_apart_and_without_main_ones_some_are_shown() -> None:
    assert _parts(("pods", "1"), ("services", "1")) == (["pods", "services"], [])
    assert _parts(*((f"count/r{number}", "1") for number in range(6))) == (
        ["r0", "r1", "r2", "r3"],
        ["r4", "r5"],
    )
