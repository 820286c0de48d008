"""Which connections both services' namespaces have: the isolation's policies against a table of flows."""

from typing import Any

import pytest

from tests.evaluators.manifests import Manifest, declared
from tests.integration.evaluators.flows import DATABASE, FENCED, INTERNET, TABLE, Line, differences, over
from tests.unit.apps.conftest import App

pytestmark = pytest.mark.timeout(1800)

CLUSTERS = {"dev": "local", "production": "eks"}
GRANTS = ["platform-dns", "platform-within-namespace", "platform-ingress-controller"]
DENIAL, EXCEPTIONS = "platform-default-deny", "platform-exceptions"


def both(
    environment: str = "dev", *, day: dict[str, Any] | None = None, dusk: dict[str, Any] | None = None
) -> dict[str, list[Manifest]]:
    """Both services' objects, with some settings of their network."""
    return {
        service: declared(
            App(service, environment, CLUSTERS[environment]), isolation={"network": network or {}}
        )
        for service, network in (("day", day), ("dusk", dusk))
    }


def names(objects: list[Manifest]) -> list[str]:
    return sorted(item["metadata"]["name"] for item in objects if item["kind"] == "NetworkPolicy")


@pytest.mark.parametrize("environment", CLUSTERS)
def test_connections_are_those_of_the_table(environment: str) -> None:
    assert differences(TABLE, both(environment)) == []


@pytest.mark.parametrize("environment", CLUSTERS)
def test_the_policies_are_the_same_everywhere(environment: str) -> None:
    for objects in both(environment).values():
        assert names(objects) == sorted([DENIAL, *GRANTS, EXCEPTIONS])


@pytest.mark.parametrize("gone", GRANTS)
def test_what_goes_through_does_so_by_one_policy(gone: str) -> None:
    services = {
        service: [item for item in objects if item["metadata"]["name"] != gone]
        for service, objects in both().items()
    }
    found = differences(TABLE, services)
    assert found
    assert all(line.endswith("is stopped") for line in found)


def test_the_denial_by_itself_stops_all_that_a_namespace_has() -> None:
    services = {
        service: [item for item in objects if item["metadata"]["name"] not in {*GRANTS, EXCEPTIONS}]
        for service, objects in both().items()
    }
    closed = [
        line._replace(through=False)
        for line in TABLE
        if line.source.startswith(("day/", "dusk/")) or line.destination.startswith(("day/", "dusk/"))
    ]
    assert len(closed) > 25
    assert differences(closed, services) == []


# Settings of day's network, settings of dusk's, and what changes by them.
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any], list[Line]]] = {
    "to a network, but not to all of it": (
        {"allow_to": [{"cidr": "10.20.0.0/16", "excluding": ["10.20.9.0/24"], "ports": [5432]}]},
        {},
        [
            Line(True, "day/web", DATABASE, 5432),
            Line(True, "day/job", DATABASE, 5432),
            Line(False, "day/web", DATABASE, 5433),
            Line(False, "day/web", DATABASE, 5432, "UDP"),
            Line(False, "day/web", FENCED, 5432),
            Line(False, DATABASE, "day/web", 8001),
            Line(False, "dusk/web", DATABASE, 5432),
        ],
    ),
    "from a namespace": (
        {"allow_from": [{"namespace": "monitoring", "ports": [8001]}]},
        {},
        [
            Line(True, "monitoring/prometheus", "day/web", 8001),
            Line(False, "monitoring/prometheus", "day/web", 8002),
            Line(False, "day/web", "monitoring/prometheus", 8001),
            Line(False, "monitoring/prometheus", "dusk/web", 8001),
        ],
    ),
    "from a network": (
        {"allow_from": [{"cidr": "10.20.0.0/16", "excluding": ["10.20.9.0/24"]}]},
        {},
        [
            Line(True, DATABASE, "day/web", 8001),
            Line(False, FENCED, "day/web", 8001),
            Line(False, INTERNET, "day/web", 8001),
            Line(False, "day/web", DATABASE, 5432),
        ],
    ),
    "ports with their protocols, and ranges": (
        {
            "allow_to": [
                {"namespace": "monitoring", "ports": ["8125/UDP", "9000-9002", "9100/SCTP", "7000-7001/UDP"]}
            ]
        },
        {},
        [
            Line(True, "day/web", "monitoring/prometheus", 8125, "UDP"),
            Line(False, "day/web", "monitoring/prometheus", 8125),
            *(Line(True, "day/web", "monitoring/prometheus", port) for port in (9000, 9001, 9002)),
            *(Line(False, "day/web", "monitoring/prometheus", port) for port in (8999, 9003)),
            Line(True, "day/web", "monitoring/prometheus", 9100, "SCTP"),
            Line(False, "day/web", "monitoring/prometheus", 9100),
            Line(True, "day/web", "monitoring/prometheus", 7001, "UDP"),
            Line(False, "day/web", "monitoring/prometheus", 7001),
        ],
    ),
    "one end alone does not open a connection: leaving": (
        {"allow_to": [{"namespace": "dusk-service-dev"}]},
        {},
        [Line(False, "day/web", "dusk/web", 8001)],
    ),
    "one end alone does not open a connection: arriving": (
        {},
        {"allow_from": [{"namespace": "dev"}]},
        [Line(False, "day/web", "dusk/web", 8001)],
    ),
    "both ends open it, in one direction": (
        {"allow_to": [{"namespace": "dusk-service-dev"}]},
        {"allow_from": [{"namespace": "dev", "ports": [8001]}]},
        [
            Line(True, "day/web", "dusk/web", 8001),
            Line(False, "day/web", "dusk/web", 8002),
            Line(False, "dusk/web", "day/web", 8001),
        ],
    ),
    "another ingress controller": (
        {"ingress_controllers": [{"namespace": "edge", "ports": [8001]}]},
        {},
        [
            Line(True, "edge/controller", "day/web", 8001),
            Line(False, "ingress-nginx/controller", "day/web", 8001),
            Line(True, "ingress-nginx/controller", "dusk/web", 8001),
        ],
    ),
    "load balancers outside of the cluster": (
        {"ingress_controllers": [{"cidr": "10.0.0.0/19", "ports": [8001]}]},
        {},
        [
            Line(True, "10.0.0.99", "day/web", 8001),
            Line(False, "10.0.0.99", "day/web", 8002),
            Line(False, "10.0.32.1", "day/web", 8001),
            Line(False, "ingress-nginx/controller", "day/web", 8001),
        ],
    ),
    "no ingress controller": (
        {"ingress_controllers": []},
        {},
        [
            Line(False, "ingress-nginx/controller", "day/web", 8001),
            Line(True, "day/job", "day/web", 8001),
        ],
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_open_what_they_say_and_nothing_else(case: str) -> None:
    day, dusk, changed = SETTINGS[case]
    assert differences(over(TABLE, changed), both(day=day, dusk=dusk)) == []
