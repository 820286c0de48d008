"""What lives in a namespace has to fit, at its largest; where it does not, the refusal has the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.cluster.tenancy import RESOURCES, Demand
from shared.isolation.fit import (
    refuse_disorder,
    refuse_large_containers,
    refuse_less_than_used,
    refuse_misfit,
)
from shared.isolation.profiles import LIMITS
from shared.refusal import Refusal
from shared.settings.isolation import Profile

GI = 1024.0**3
PLACES = {"quota_in": "infrastructure/Pulumi.dev.yaml", "settings_in": "apps/day/Pulumi.dev.yaml"}
HARD = {
    "requests.cpu": "2",
    "requests.memory": "4Gi",
    "limits.cpu": "8",
    "limits.memory": "8Gi",
    "pods": "20",
    "secrets": "1",
}


def demand(name: str, pods: int, cpu: float = 0.1, memory: float = GI / 8) -> Demand:
    return Demand(
        name,
        pods,
        {
            "requests.cpu": cpu,
            "requests.memory": memory,
            "limits.cpu": 4 * cpu,
            "limits.memory": 2 * memory,
        },
    )


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


def test_memory_is_told_in_mebibytes() -> None:
    with pytest.raises(Refusal) as caught:
        refuse_misfit("dev", {"requests.memory": "1Gi"}, [demand("day", 3, memory=GI / 2)], **PLACES)
    assert lines(caught) == ["requests.memory: day 1536Mi = 1536Mi, the quota has 1Gi"]


@pytest.mark.parametrize("resource", [*RESOURCES, "pods"])
def test_each_resource_is_held_against_its_own_figure(resource: str) -> None:
    asked = demand("day", 2, cpu=1.0, memory=GI)
    with pytest.raises(Refusal) as caught:
        refuse_misfit("dev", {resource: "1"}, [asked], **PLACES)
    (line,) = lines(caught)
    assert line.startswith(f"{resource}: ")


def test_what_a_quota_does_not_name_is_not_bounded() -> None:
    refuse_misfit("dev", {}, [demand("day", 1000, cpu=64.0)], **PLACES)
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
        Demand(f"service-{number}", pods, {"requests.cpu": cpu / 1000})
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
        refuse_less_than_used("dev", hard, used, quota_in="infrastructure/Pulumi.dev.yaml")
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
    refuse_less_than_used("dev", {**HARD, "pods": "5"}, used, quota_in="anywhere")


def test_containers_larger_than_the_limit_range_allows_are_refused_by_their_settings() -> None:
    most = {"cpu_limit": "2", "memory_limit": "4Gi"}
    with pytest.raises(Refusal) as caught:
        refuse_large_containers(
            "dev", most, {"cpu_limit": "2001m", "memory_limit": "4Gi"}, settings_in="apps/day/Pulumi.dev.yaml"
        )
    assert caught.value.fact.startswith(
        "apps/day/Pulumi.dev.yaml asks for larger containers than the namespace 'dev' allows:"
    )
    assert lines(caught) == ["cpu_limit is 2001m, a container there may have 2"]
    with pytest.raises(Refusal) as caught:
        refuse_large_containers(
            "dev", most, {"cpu_limit": "3", "memory_limit": "5Gi"}, settings_in="apps/day/Pulumi.dev.yaml"
        )
    assert len(lines(caught)) == 2
    refuse_large_containers("dev", most, {"cpu_limit": "2000m", "memory_limit": "4096Mi"}, settings_in="any")


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
