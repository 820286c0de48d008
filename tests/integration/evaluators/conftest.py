"""What the evaluators are given: each service's manifests, and the evaluators themselves."""

import pytest

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
