"""What the evaluators are given: each service's manifests, and the evaluators themselves."""

import pytest

from tests.evaluators import kube_score, network_policy
from tests.unit.apps.conftest import App

APPS = [
    App("day", "dev", "local"),
    App("day", "production", "eks"),
    App("dusk", "dev", "local"),
    App("dusk", "production", "eks"),
]


@pytest.fixture(params=APPS, ids=lambda app: f"{app.service}-{app.environment}")
def app(request: pytest.FixtureRequest) -> App:
    """Each service in each environment."""
    found: App = request.param
    return found


@pytest.fixture(scope="session")
def built_kube_score() -> None:
    """kube-score, built where it is not; skipped where there is no Go to do so."""
    kube_score.PROGRAM.demand()


@pytest.fixture(scope="session")
def built_network_policy() -> None:
    """The evaluator of network policies, likewise."""
    network_policy.PROGRAM.demand()
