"""What lives in a namespace has to fit, at its largest; where it does not, the refusal has the numbers."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.cluster.demand import RESOURCES, Container, Demand
from shared.cluster.tenancy import LimitRange, LiveQuota
from shared.isolation.fit import (
    declared_limit_range,
    refuse_disorder,
    refuse_large_containers,
    refuse_less_than_used,
    refuse_misfit,
    refuse_silent_containers,
)
from shared.isolation.profiles import LIMITS
from shared.isolation.quota import limit_range
from shared.refusal import Refusal
from shared.settings.isolation import Profile
from tests.unit.shared.isolation.specifications import specification

GI = Fraction(1024**3)
PLACES = {"quota_in": "infrastructure/Pulumi.dev.yaml", "settings_in": "apps/day/Pulumi.dev.yaml"}
HARD = {
    "requests.cpu": "2",
    "requests.memory": "4Gi",
    "limits.cpu": "8",
    "limits.memory": "8Gi",
    "pods": "20",
    "secrets": "1",
}


def demand(name: str, pods: int, cpu: Fraction = Fraction("0.1"), memory: Fraction = GI / 8) -> Demand:
    asks = {
        "requests.cpu": cpu,
        "requests.memory": memory,
        "limits.cpu": 4 * cpu,
        "limits.memory": 2 * memory,
    }
    return Demand(name, pods, (Container(asks),))


def lines(caught: pytest.ExceptionInfo[Refusal]) -> list[str]:
    return [line.strip() for line in caught.value.fact.splitlines()[1:]]


def test_what_fits_to_the_last_pod_is_let_through() -> None:
    refuse_misfit("dev", HARD, [demand("day", 10), demand("dusk", 10)], **PLACES)


def test_demands_add_up_and_what_does_not_fit_is_told_with_each_ones_share() -> None:
    with pytest.raises(Refusal) as caught:
        refuse_misfit("dev", HARD, [demand("day", 13), demand("dusk", 8)], **PLACES)
    assert caught.value.fact.startswith("What lives in the namespace 'dev' does not fit into its quota")
    assert lines(caught) == [
        "requests.cpu: day 1.3 + dusk 0.8 = 2.1, the quota has 2",
        "limits.cpu: day 5.2 + dusk 3.2 = 8.4, the quota has 8",
        "pods: day 13 + dusk 8 = 21, the quota has 20",
    ]
    assert caught.value.remedy == (
        "Lower max_replicas, requests or limits in apps/day/Pulumi.dev.yaml, "
        "or raise the quota in infrastructure/Pulumi.dev.yaml (profile, or isolation.quota)."
    )


@pytest.mark.parametrize("pods", [1, 3, 7, 1000])
def test_sums_are_exact_to_the_last_part_of_a_core(pods: int) -> None:
    """As floats 0.1 and 0.2 are more than 0.3, and three times 0.1 is."""
    services = [demand("day", pods), demand("dusk", pods, cpu=Fraction("0.2"))]
    refuse_misfit("dev", {"requests.cpu": f"{pods * 300}m"}, services, **PLACES)
    with pytest.raises(Refusal):
        refuse_misfit("dev", {"requests.cpu": f"{pods * 300_000_000 - 1}n"}, services, **PLACES)


def test_memory_is_told_in_mebibytes() -> None:
    with pytest.raises(Refusal) as caught:
        refuse_misfit("dev", {"requests.memory": "1Gi"}, [demand("day", 3, memory=GI / 2)], **PLACES)
    assert lines(caught) == ["requests.memory: day 1536Mi = 1536Mi, the quota has 1Gi"]


@pytest.mark.parametrize("resource", [*RESOURCES, "pods"])
def test_each_resource_is_held_against_its_own_figure(resource: str) -> None:
    asked = demand("day", 2, cpu=Fraction(1), memory=GI)
    with pytest.raises(Refusal) as caught:
        refuse_misfit("dev", {resource: "1"}, [asked], **PLACES)
    (line,) = lines(caught)
    assert line.startswith(f"{resource}: ")


def test_what_a_quota_does_not_name_is_not_bounded() -> None:
    refuse_misfit("dev", {}, [demand("day", 1000, cpu=Fraction(64))], **PLACES)
    refuse_misfit("dev", {"secrets": "0", "services": "0"}, [demand("day", 1000)], **PLACES)


def test_an_empty_namespace_fits_into_the_smallest_quota() -> None:
    refuse_misfit("dev", dict.fromkeys(HARD, "0"), [], **PLACES)


@given(
    some.lists(some.tuples(some.integers(1, 50), some.integers(1, 4000)), min_size=1, max_size=6),
    some.integers(1, 400_000),
)
def test_it_is_refused_exactly_where_the_sum_is_more(services: list[tuple[int, int]], allowed: int) -> None:
    """In whole millicores, in which nothing is rounded."""
    demands = [
        Demand(f"service-{number}", pods, (Container({"requests.cpu": Fraction(cpu, 1000)}),))
        for number, (pods, cpu) in enumerate(services)
    ]
    too_much = sum(pods * cpu for pods, cpu in services) > allowed
    try:
        refuse_misfit("dev", {"requests.cpu": f"{allowed}m"}, demands, **PLACES)
    except Refusal:
        assert too_much
    else:
        assert not too_much


def test_a_quota_below_what_is_used_is_refused_with_both() -> None:
    used = {"requests.cpu": "1500m", "pods": "5", "configmaps": "3"}
    hard = {"requests.cpu": "1", "pods": "5", "configmaps": "2", "secrets": "0"}
    with pytest.raises(Refusal) as caught:
        refuse_less_than_used("dev", hard, LiveQuota(used=used), quota_in="infrastructure/Pulumi.dev.yaml")
    assert caught.value.fact.startswith("The namespace 'dev' uses more than its quota would allow:")
    assert lines(caught) == [
        "requests.cpu: 1500m in use, the quota would be 1",
        "configmaps: 3 in use, the quota would be 2",
    ]
    assert "Raise the quota in infrastructure/Pulumi.dev.yaml" in caught.value.remedy


@pytest.mark.parametrize(
    "used", [{}, {"pods": "5"}, {"requests.memory": "4096Mi"}, {"persistentvolumes": "9"}]
)
def test_a_quota_of_what_is_used_or_more_is_let_through(used: dict[str, str]) -> None:
    refuse_less_than_used("dev", {**HARD, "pods": "5"}, LiveQuota(used=used), quota_in="anywhere")


@pytest.mark.parametrize(("live", "held_up"), [("5", False), ("4", False), ("6", True), (None, True)])
def test_a_quota_that_stays_or_rises_holds_nobody_up_though_more_is_in_use(
    live: str | None, held_up: bool
) -> None:
    found = LiveQuota(hard={"pods": live} if live else {}, used={"pods": "9"})
    with pytest.raises(Refusal) if held_up else contextlib.nullcontext():
        refuse_less_than_used("dev", {"pods": "5"}, found, quota_in="anywhere")


MOST = {"limits.cpu": "2", "limits.memory": "4Gi"}
LIMITS_IN = {"limits_in": "infrastructure/Pulumi.dev.yaml", "settings_in": "apps/day/Pulumi.dev.yaml"}


def sized(name: str, *, cpu: str = "1", memory: Fraction = GI, beside: str = "0") -> Demand:
    """A workload of one container of some size, and maybe another one of fewer cores beside it."""
    largest = Container({"limits.cpu": Fraction(cpu), "limits.memory": memory})
    return Demand(name, 1, (largest, Container({"limits.cpu": Fraction(beside)})))


def test_containers_larger_than_the_limit_range_allows_are_refused_by_their_service() -> None:
    with pytest.raises(Refusal) as caught:
        refuse_large_containers(
            "dev", LimitRange(MOST), [sized("day", cpu="2.001"), sized("dusk", memory=5 * GI)], **LIMITS_IN
        )
    assert caught.value.fact.startswith("The namespace 'dev' does not allow containers as large as these:")
    assert lines(caught) == [
        "day: limits.cpu is 2.001, a container there may have 2",
        "dusk: limits.memory is 5120Mi, a container there may have 4Gi",
    ]
    assert caught.value.remedy == (
        "Lower cpu_limit and memory_limit in apps/day/Pulumi.dev.yaml, or raise isolation.limits.max_cpu and "
        "max_memory in infrastructure/Pulumi.dev.yaml."
    )
    refuse_large_containers("dev", LimitRange(MOST), [sized("day", cpu="2", memory=4 * GI)], **LIMITS_IN)
    refuse_large_containers("dev", LimitRange(), [sized("day", cpu="99")], **LIMITS_IN)


def test_where_the_limit_is_the_pods_its_containers_count_together() -> None:
    two = [sized("day", cpu="1.5", beside="1")]
    refuse_large_containers("dev", LimitRange(MOST), two, **LIMITS_IN)
    with pytest.raises(Refusal) as caught:
        refuse_large_containers("dev", LimitRange(MOST, of_pod=True), two, **LIMITS_IN)
    assert lines(caught) == ["day: limits.cpu is 2.5, a pod there may have 2"]


DEFAULTS = {
    "requests.cpu": "100m",
    "requests.memory": "128Mi",
    "limits.cpu": "500m",
    "limits.memory": "512Mi",
}


@pytest.mark.parametrize(("defaults", "given"), [(True, DEFAULTS), (False, {})])
def test_the_declared_limit_range_is_the_one_that_is_made(defaults: bool, given: dict[str, str]) -> None:
    limits = LIMITS[Profile.SMALL].model_copy(update={"defaults": defaults})
    assert declared_limit_range(limits) == LimitRange(MOST, of_pod=not defaults, defaults=given)
    spec = limit_range(specification(profile="small", isolation={"limits": {"defaults": defaults}}))
    (made,) = spec["limits"]
    assert made["type"] == ("Container" if defaults else "Pod")
    named = (
        {"limits": made["max"]},
        {
            "requests": made.get("default_request", {}),
            "limits": made.get("default", {}),
        },
    )
    assert [
        {f"{which}.{name}": amount for which, amounts in each.items() for name, amount in amounts.items()}
        for each in named
    ] == [MOST, given]


def test_containers_that_a_default_is_missing_for_are_refused_by_their_service() -> None:
    bare = Demand("sidecar", 1, (Container({"requests.cpu": Fraction(1), "limits.cpu": Fraction(1)}),))
    with pytest.raises(Refusal) as caught:
        refuse_silent_containers("dev", [demand("day", 1), bare], **LIMITS_IN)
    assert lines(caught) == ["sidecar: a container of it has no requests.memory and no limits.memory"]
    refuse_silent_containers("dev", [bare.with_defaults(DEFAULTS)], **LIMITS_IN)


@pytest.mark.parametrize("profile", Profile)
def test_every_profiles_limits_are_in_order(profile: Profile) -> None:
    refuse_disorder(LIMITS[profile], place="", file="apps/day/Pulumi.dev.yaml")


@pytest.mark.parametrize(
    ("less", "value", "more"),
    [
        ("default_cpu", "5", "max_cpu"),
        ("default_memory", "9Gi", "max_memory"),
        ("default_cpu_request", "501m", "default_cpu"),
        ("default_memory_request", "513Mi", "default_memory"),
    ],
)
def test_a_default_above_the_most_is_refused_with_both_figures(less: str, value: str, more: str) -> None:
    limits = LIMITS[Profile.MEDIUM].model_copy(update={less: value})
    with pytest.raises(Refusal, match=rf"namespaces\.dev\.isolation\.limits\.{less} is {value}, {more} is"):
        refuse_disorder(limits, place="namespaces.dev.", file="infrastructure/Pulumi.dev.yaml")
