"""The services of a namespace have to fit into it at their largest; otherwise the refusal has the figures."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.errors import Refusal
from shared.kube.observed import RESOURCES, Demand, LimitRange, ObservedQuota
from shared.ownership.capacity import (
    refuse_over_quota,
    refuse_unfit_containers,
    refuse_without_defaults,
    with_defaults,
)
from shared.ownership.management import refuse_less_than_used

GI = Fraction(1024**3)
FILE, OTHER = "apps/day/Pulumi.dev.yaml", "infrastructure/Pulumi.dev.yaml"
QUOTA_IN = {"quota_in": OTHER, "settings_in": FILE}
LIMITS_IN = {"limits_in": OTHER, "settings_in": FILE}
HARD = {
    "requests.cpu": "2",
    "requests.memory": "4Gi",
    "limits.cpu": "8",
    "limits.memory": "8Gi",
    "pods": "20",
}
MOST = {"limits.cpu": "2", "limits.memory": "4Gi"}
DEFAULTS = {
    "requests.cpu": "100m",
    "requests.memory": "128Mi",
    "limits.cpu": "500m",
    "limits.memory": "512Mi",
}


def demand(name: str, pods: int, cpu: Fraction = Fraction("0.1"), memory: Fraction = GI / 8) -> Demand:
    return Demand(name, pods, (dict(zip(RESOURCES, (cpu, memory, 4 * cpu, 2 * memory), strict=True)),))


def lines(caught: pytest.ExceptionInfo[Refusal]) -> list[str]:
    return [line.strip() for line in caught.value.fact.splitlines()[1:]]


def test_demands_add_up_and_what_does_not_fit_is_told_with_each_ones_share() -> None:
    refuse_over_quota("dev", HARD, [demand("day", 10), demand("dusk", 10)], **QUOTA_IN)
    refuse_over_quota("dev", {"secrets": "0"}, [demand("day", 1000)], **QUOTA_IN)
    with pytest.raises(Refusal) as caught:
        refuse_over_quota("dev", HARD, [demand("day", 13), demand("dusk", 8)], **QUOTA_IN)
    assert "'dev' do not fit into its quota" in caught.value.fact
    assert lines(caught) == [
        "requests.cpu: day 1.3 + dusk 0.8 = 2.1, the quota has 2",
        "limits.cpu: day 5.2 + dusk 3.2 = 8.4, the quota has 8",
        "pods: day 13 + dusk 8 = 21, the quota has 20",
    ]
    assert f"requests or limits in {FILE}, or raise the quota in {OTHER}" in caught.value.remedy


@given(
    some.lists(some.tuples(some.integers(1, 50), some.integers(1, 4000)), min_size=1, max_size=6),
    some.integers(1, 400_000),
)
def test_it_is_refused_exactly_where_the_sum_is_more(services: list[tuple[int, int]], allowed: int) -> None:
    """In whole millicores; as floats, three times 0.1 is more than 0.3."""
    demands = [
        Demand(f"service-{number}", pods, ({"requests.cpu": Fraction(cpu, 1000)},))
        for number, (pods, cpu) in enumerate(services)
    ]
    too_much = sum(pods * cpu for pods, cpu in services) > allowed
    with pytest.raises(Refusal) if too_much else contextlib.nullcontext():
        refuse_over_quota("dev", {"requests.cpu": f"{allowed}m"}, demands, **QUOTA_IN)


@pytest.mark.parametrize(
    ("wanted", "before", "used", "refused"),
    [
        ("5", "6", "9", True),
        ("5", None, "9", True),
        ("5", "5", "9", False),
        ("5", "4", "9", False),
        ("5", "6", "5", False),
        ("1", "2", "1500m", True),
    ],
)
def test_a_quota_is_not_lowered_below_what_is_used(
    wanted: str, before: str | None, used: str | None, refused: bool
) -> None:
    quota = ObservedQuota(hard={"x": before} if before else {}, used={"x": used} if used else {})
    with pytest.raises(Refusal) if refused else contextlib.nullcontext() as caught:
        refuse_less_than_used("dev", {"x": wanted}, quota, quota_in=OTHER)
    if caught:
        assert lines(caught) == [f"x: {used} in use, the quota would be {wanted}"]
        assert f"Raise the quota in {OTHER}" in caught.value.remedy


def test_containers_larger_than_the_limit_range_allows_are_refused_by_their_service() -> None:
    day, dusk = demand("day", 1, cpu=Fraction("0.6")), demand("dusk", 1, memory=3 * GI)
    refuse_unfit_containers("dev", LimitRange(MOST), [demand("day", 9, Fraction("0.5"), 2 * GI)], **LIMITS_IN)
    with pytest.raises(Refusal) as caught:
        refuse_unfit_containers("dev", LimitRange(MOST), [day, dusk], **LIMITS_IN)
    assert lines(caught) == [
        "day: limits.cpu is 2.4, a container there may have 2",
        "dusk: limits.memory is 6144Mi, a container there may have 4Gi",
    ]
    assert f"Lower cpu_limit and memory_limit in {FILE}" in caught.value.remedy
    assert f"max_memory in {OTHER}" in caught.value.remedy


def test_where_the_limit_is_the_pods_its_containers_count_together() -> None:
    two = Demand("day", 1, ({"limits.cpu": Fraction("1.5")}, {"limits.cpu": Fraction(1)}))
    refuse_unfit_containers("dev", LimitRange(MOST), [two], **LIMITS_IN)
    with pytest.raises(Refusal) as caught:
        refuse_unfit_containers("dev", LimitRange(MOST, of_pod=True), [two], **LIMITS_IN)
    assert lines(caught) == ["day: limits.cpu is 2.5, a pod there may have 2"]


def test_containers_without_requests_or_limits_need_defaults() -> None:
    bare = Demand("bare", 1, ({"requests.cpu": Fraction(1), "limits.cpu": Fraction(1)},))
    with pytest.raises(Refusal) as caught:
        refuse_without_defaults("dev", [demand("day", 1), bare], **LIMITS_IN)
    assert lines(caught) == ["bare: a container does not set requests.memory or limits.memory"]
    (filled,) = with_defaults([bare], LimitRange(defaults=DEFAULTS))
    refuse_without_defaults("dev", [filled], **LIMITS_IN)
    assert (filled.containers[0]["limits.cpu"], filled.containers[0]["limits.memory"]) == (
        Fraction(1),
        GI / 2,
    )
