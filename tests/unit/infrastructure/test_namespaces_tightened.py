"""Figures of a namespace are not lowered below what those who live in it may grow to."""

import pytest

from infrastructure import provision
from shared.cluster.demand import Container, Demand
from shared.cluster.live import LiveCluster, LiveNamespace
from shared.cluster.tenancy import LimitRange, LiveQuota
from tests.unit.infrastructure.conftest import IDENTIFIER, Live, Program, hard, refusal_of

OWNER = "service-infrastructure.dev"
ASKS = {"requests.cpu": 0.1, "requests.memory": 1.0, "limits.cpu": 0.1, "limits.memory": 1.0}
LIVE_SMALL = {"pods": "20", "requests.cpu": "2", "limits.cpu": "8"}


@pytest.fixture
def inhabited(live: Live, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A namespace with a service that may grow to 19 pods of a core each; tells which ones were looked into."""
    looked: list[str] = []
    cluster = LiveCluster(
        IDENTIFIER,
        {"a": LiveNamespace("a", "uid-of-a-namespace", owner=OWNER)},
        {"a": LiveQuota(OWNER, hard=LIVE_SMALL, used={"pods": "2"})},
        {"a": LimitRange({"limits.cpu": "2", "limits.memory": "4Gi"})},
    )

    def look_into(_: str, namespace: str) -> tuple[Demand, ...]:
        looked.append(namespace)
        return (Demand("day-service", 19, (Container({**ASKS, "limits.cpu": 1.0}),)),)

    monkeypatch.setattr(provision, "look", lambda *_, **__: cluster)
    monkeypatch.setattr(provision, "look_into", look_into)
    return looked


def test_a_quota_is_not_lowered_below_what_its_services_may_grow_to(
    program: Program, inhabited: list[str]
) -> None:
    wanted = {"a": {"profile": "small", "isolation": {"quota": {"pods": 18}}}}
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
    wanted = {"a": {"profile": "small", "isolation": {"limits": {"max_cpu": "900m"}}}}
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
    program: Program, inhabited: list[str], monkeypatch: pytest.MonkeyPatch, most: str, told: str
) -> None:
    """Without defaults the most holds for a pod as a whole, and a container that says nothing is refused."""
    two = Demand("day-service", 2, (Container({**ASKS, "limits.cpu": 0.9}),) * 2)
    bare = Demand("sidecar", 1, (Container({"requests.cpu": 0.1, "requests.memory": 1.0}),))
    monkeypatch.setattr(provision, "look_into", lambda *_: (two, bare))
    limits = {"defaults": False, "max_cpu": most}
    message = refusal_of(program, namespaces={"a": {"profile": "small", "isolation": {"limits": limits}}})
    assert told in message


def test_defaults_may_go_where_nobody_needs_them(program: Program, inhabited: list[str]) -> None:
    program(namespaces={"a": {"profile": "small", "isolation": {"limits": {"defaults": False}}}})
    assert inhabited == ["a"]
