"""A service that `make new-app` makes is deployed at once, and so is an environment of `make new-env`."""

import json
import shutil
from collections.abc import Iterator

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import delete_namespaces


@pytest.fixture
def clean(checkout: Checkout, cluster: LiveCluster) -> Iterator[Checkout]:
    """The checkout; what was made in it and on the cluster is removed afterwards."""
    yield checkout
    for service in ("dawn", "day", "dusk"):
        for environment in ("dev", "staging"):
            made = environment == "staging" or service == "dawn"
            if made and checkout.settings_file(service, environment).exists():
                checkout.discard(service, environment)
    shutil.rmtree(checkout.root / "apps/dawn", ignore_errors=True)
    delete_namespaces(cluster)


def test_a_new_service_is_deployed_at_once(clean: Checkout, cluster: LiveCluster) -> None:
    assert "make app-up SERVICE=dawn" in clean.make("new-app", NAME="dawn").text
    clean.app_up("dawn", "dev")
    assert cluster.owner("dawn-service-dev") == "dawn-service-app.dev"
    deployment = cluster.apps.read_namespaced_deployment("dawn-service", "dawn-service-dev")
    assert deployment.status.ready_replicas == 2
    assert "There is such a service already" in clean.refused("new-app", NAME="dawn")


def test_a_new_environment_comes_up_beside_the_one_that_it_is_of(
    clean: Checkout, cluster: LiveCluster
) -> None:
    clean.make("new-env", ENV="staging")
    text = clean.make("up", ENV="staging").text
    assert "day/staging" in text
    assert cluster.owner("staging") == "day-service-app.staging"
    assert cluster.owner("dusk-service-staging") == "dusk-service-app.staging"
    assert json.loads(clean.make("settings", SERVICE="day", ENV="staging", FORMAT="json").text)[
        "environment"
    ] == ("staging")
    assert "There is such an environment already" in clean.refused("new-env", ENV="staging")


def test_a_plan_is_told_as_markdown_however_it_ends(clean: Checkout) -> None:
    clean.settings("day", "staging", {"infra_stack_name": "dev", "namespace": "told"})
    text = clean.make("app-preview", SERVICE="day", ENV="staging", FORMAT="markdown").text
    assert "<!-- plan for day/staging -->\n### day/staging: " in text
    assert "| create Deployment/day-service | told | fine |" in text
    clean.settings("day", "staging", {"infra_stack_name": "dev", "namespace": "told", "replicas": "many"})
    text = clean.refused("app-preview", SERVICE="day", ENV="staging", FORMAT="markdown")
    assert "### day/staging: refused" in text
    assert "replicas is 'many': must be a valid integer" in text
