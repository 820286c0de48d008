"""Figures of a namespace are not lowered below what those who live in it may grow to."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from infrastructure import provision
from shared.cluster.demand import RESOURCES, Container, Demand
from shared.cluster.live import LiveCluster, LiveNamespace
from shared.cluster.tenancy import LimitRange, LiveQuota
from shared.isolation.fit import declared_limit_range
from shared.isolation.quota import hard_limits
from tests.unit.infrastructure.conftest import IDENTIFIER, Live, Program, hard, refusal_of
from tests.unit.shared.isolation.specifications import specification

OWNER = "service-infrastructure.dev"
SMALL = specification(profile="small").resolved
ASKS = dict.fromkeys(RESOURCES, Fraction("0.1"))
LIVE_QUOTA = LiveQuota(OWNER, hard=hard_limits(SMALL), used={"pods": "2"})
LIVE_LIMITS = declared_limit_range(SMALL.limits)

Inhabited = Callable[..., list[str]]


DAY = Demand("day-service", 19, (Container({**ASKS, "limits.cpu": Fraction(1)}),))
BARE = Demand("StatefulSet/queue", 4, (Container({}),))


@pytest.fixture
def inhabits(live: Live, monkeypatch: pytest.MonkeyPatch) -> Inhabited:
    """Set who lives in a namespace of this stack, and by which figures; tells which ones were looked into."""

    def inhabit(
        *demands: Demand, quota: LiveQuota | None = LIVE_QUOTA, limits: LimitRange | None = LIVE_LIMITS
    ) -> list[str]:
        looked: list[str] = []
        cluster = LiveCluster(
            IDENTIFIER,
            {"a": LiveNamespace("a", "uid-of-a-namespace", owner=OWNER)},
            {"a": quota} if quota else {},
            {"a": limits} if limits else {},
        )

        def look_into(_: str, namespace: str) -> tuple[Demand, ...]:
            looked.append(namespace)
            return demands

        monkeypatch.setattr(provision, "look", lambda *_, **__: cluster)
        monkeypatch.setattr(provision, "look_into", look_into)
        return looked

    return inhabit


@pytest.fixture
def inhabited(inhabits: Inhabited) -> list[str]:
    """A small namespace with a service that may grow to 19 pods of a core each."""
    return inhabits(DAY)


def test_a_quota_is_not_lowered_below_what_its_services_may_grow_to(
    program: Program, inhabited: list[str]
) -> None:
    wanted: dict[str, Any] = {"a": {"profile": "small", "isolation": {"quota": {"pods": 18}}}}
    message = refusal_of(program, namespaces=wanted)
    assert "pods: day-service 19 = 19, the quota has 18" in message
    assert (
        "in the settings of these services, or raise the quota in infrastructure/Pulumi.dev.yaml" in message
    )
    assert inhabited == ["a"]
    wanted["a"]["isolation"] = {"quota": {"pods": 19}}
    assert hard(program(namespaces=wanted), "a")["pods"] == "19"


def test_a_limit_range_is_not_lowered_below_its_services_containers(
    program: Program, inhabited: list[str]
) -> None:
    wanted: dict[str, Any] = {"a": {"profile": "small", "isolation": {"limits": {"max_cpu": "900m"}}}}
    message = refusal_of(program, namespaces=wanted)
    assert "day-service: limits.cpu is 1, a container there may have 900m" in message


def test_figures_that_stay_or_rise_hold_nobody_up_and_nobody_is_looked_at(
    program: Program, inhabited: list[str]
) -> None:
    """By `limits.cpu` the service would not fit, as it did not before."""
    assert hard(program(namespaces={"a": {"profile": "small"}}), "a")["limits.cpu"] == "8"
    assert hard(program(namespaces={"a": {"profile": "medium"}}), "a")["limits.cpu"] == "32"
    assert inhabited == []


@pytest.mark.parametrize(
    ("most", "told"),
    [
        ("1500m", "day-service: limits.cpu is 1.8, a pod there may have 1500m"),
        ("2", "sidecar: a container of it has no limits.cpu and no limits.memory"),
    ],
)
def test_defaults_are_not_taken_from_services_that_live_by_them(
    program: Program, inhabits: Inhabited, most: str, told: str
) -> None:
    """Without defaults the most holds for a pod as a whole, and a container that says nothing is refused."""
    two = Demand("day-service", 2, (Container({**ASKS, "limits.cpu": Fraction("0.9")}),) * 2)
    bare = Demand(
        "sidecar", 1, (Container({name: ASKS[name] for name in ("requests.cpu", "requests.memory")}),)
    )
    inhabits(two, bare)
    limits = {"defaults": False, "max_cpu": most}
    message = refusal_of(program, namespaces={"a": {"profile": "small", "isolation": {"limits": limits}}})
    assert told in message


def test_defaults_may_go_where_nobody_needs_them(program: Program, inhabited: list[str]) -> None:
    program(namespaces={"a": {"profile": "small", "isolation": {"limits": {"defaults": False}}}})
    assert inhabited == ["a"]


def test_a_first_quota_has_to_hold_those_who_live_in_the_namespace_already(
    program: Program, inhabits: Inhabited
) -> None:
    looked = inhabits(DAY, quota=None)
    message = refusal_of(program, namespaces={"a": {"profile": "small"}})
    assert "limits.cpu: day-service 19 = 19, the quota has 8" in message
    assert looked == ["a"]
    assert hard(program(namespaces={"a": {"profile": "medium"}}), "a")["limits.cpu"] == "32"


def test_a_first_quota_is_not_below_what_is_used_already(
    program: Program, inhabits: Inhabited, monkeypatch: pytest.MonkeyPatch
) -> None:
    inhabits(quota=None)
    monkeypatch.setattr(provision, "look_at_usage", lambda _, name: {"secrets": "51", "services": "10"})
    message = refusal_of(program, namespaces={"a": {"profile": "small"}})
    assert "secrets: 51 in use, the quota would be 50" in message
    assert "services" not in message
    assert hard(program(namespaces={"a": {"profile": "medium"}}), "a")["secrets"] == "100"


def test_a_first_limit_range_has_to_hold_the_containers_that_are_there_already(
    program: Program, inhabits: Inhabited
) -> None:
    wanted: dict[str, Any] = {"a": {"profile": "small", "isolation": {"limits": {"max_cpu": "900m"}}}}
    inhabits(DAY, limits=None)
    message = refusal_of(program, namespaces=wanted)
    assert "day-service: limits.cpu is 1, a container there may have 900m" in message
    inhabits(BARE, limits=None)
    program(namespaces=wanted)


def test_a_first_limit_range_without_defaults_leaves_nobody_without_what_it_needs(
    program: Program, inhabits: Inhabited
) -> None:
    wanted: dict[str, Any] = {"a": {"profile": "small", "isolation": {"limits": {"defaults": False}}}}
    inhabits(BARE, quota=None, limits=None)
    assert "StatefulSet/queue: a container of it has no requests.cpu" in refusal_of(
        program, namespaces=wanted
    )


def test_defaults_do_not_rise_above_what_the_quota_holds_of_those_who_live_by_them(
    program: Program, inhabits: Inhabited
) -> None:
    wanted: dict[str, Any] = {
        "a": {"profile": "small", "isolation": {"limits": {"default_cpu": "2", "max_cpu": "2"}}}
    }
    assert inhabits(BARE) == []
    assert hard(program(namespaces=wanted), "a")["limits.cpu"] == "8"
    wanted["a"]["isolation"] = {"limits": {"default_memory": "2200Mi"}}
    message = refusal_of(program, namespaces=wanted)
    assert "limits.memory: StatefulSet/queue 8800Mi = 8800Mi, the quota has 8Gi" in message
    # Who says what it needs is not concerned.
    inhabits(DAY)
    program(namespaces=wanted)


def test_a_namespace_that_is_yet_to_be_made_is_not_looked_into(
    program: Program, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    for look in ("look_into", "look_at_usage"):
        monkeypatch.setattr(provision, look, lambda *_: pytest.fail("looked into"))
    assert hard(program(namespaces=["b"]), "b")["pods"] == "80"
