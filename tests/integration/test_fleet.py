"""All services of an environment by one command: owners first, going on where one fails, and all namespaces stay."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.growth import add_services, borrowed_services, service_names

OWNER, READER, OTHER = NAMES = service_names(3)


@pytest.fixture
def fleet(checkout: Checkout, cluster: LiveCluster, environment: str) -> Iterator[dict[str, dict[str, Any]]]:
    """Three services, of which the second lives in the first one's namespace; further settings by service."""
    settings: dict[str, dict[str, Any]] = {
        OWNER: {"infra_stack_name": "dev"},
        READER: {
            "infra_stack_name": "dev",
            "namespace": f"{OWNER}-{environment}",
            "create_namespace": False,
            "namespace_source": f"{OWNER}-service-app/{environment}",
        },
        OTHER: {"infra_stack_name": "dev"},
    }
    with borrowed_services(checkout, NAMES, environment, cluster.delete_namespaces, **settings):
        yield settings


def ready(cluster: LiveCluster, namespace: str) -> set[str]:
    return {
        item.metadata.name
        for item in cluster.apps.list_namespaced_deployment(namespace).items
        if item.status.ready_replicas
    }


def test_fleet_up_and_down(
    checkout: Checkout, cluster: LiveCluster, environment: str, fleet: dict[str, dict[str, Any]]
) -> None:
    first = checkout.make("apps-up", ENV=environment, PARALLEL="3").text
    assert "apps-up: 3 changed" in first
    place = f"{OWNER}-{environment}"
    assert ready(cluster, place) == {f"{OWNER}-service", f"{READER}-service"}
    lines = [line.split("/")[0] for line in first.splitlines()]
    assert lines.index(OWNER) < lines.index(READER)
    assert "apps-up: 3 unchanged" in checkout.make("apps-up", ENV=environment).text
    assert (
        "apps-preview: 2 unchanged"
        in checkout.make("apps-preview", ENV=environment, ONLY=f"{OWNER},{READER}").text
    )

    uid = cluster.namespace(place).metadata.uid
    down = checkout.make("apps-down", ENV=environment).text
    lines = [line.split("/")[0] for line in down.splitlines()]
    assert lines.index(READER) < lines.index(OWNER)
    assert cluster.namespace(place).metadata.uid == uid
    assert cluster.owner(place) == f"{OWNER}-service-app.{environment}"
    assert ready(cluster, place) == set()


def test_fleet_goes_on(
    checkout: Checkout, cluster: LiveCluster, environment: str, fleet: dict[str, dict[str, Any]]
) -> None:
    add_services(checkout, [OWNER], environment, **{OWNER: {**fleet[OWNER], "image_tag": "not a tag"}})
    told = checkout.make("apps-up", code=2, ENV=environment).text
    assert "Error 1" in told.splitlines()[-1], "one was changed, so that this is no refusal"
    assert f"{READER}/{environment}: skipped, since it needs {OWNER}/{environment}" in told
    assert "image_tag" in told
    assert "apps-up: 1 changed, 1 refused, 1 skipped" in told
    assert ready(cluster, f"{OTHER}-{environment}") == {f"{OTHER}-service"}
    assert not cluster.exists(f"{OWNER}-{environment}")
