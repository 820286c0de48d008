"""The day service deploys by each of its settings files, under its own name."""

import pytest

from tests.unit.apps.conftest import App, environments

NAME = "day"
SERVICE = f"{NAME}-service"
ENVIRONMENTS = environments(NAME)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_its_objects_have_its_name(environment: str) -> None:
    graph = App(NAME, environment).alone()
    for kind in ("Deployment", "Service", "Ingress", "ServiceAccount"):
        assert graph.one(kind).metadata["name"] == SERVICE
    assert graph.one("ConfigMap").metadata["name"] == f"{SERVICE}-config"
    assert graph.one("HorizontalPodAutoscaler").metadata["name"] == f"{SERVICE}-hpa"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_stands_in_the_namespace_that_its_settings_ask_for(environment: str) -> None:
    app = App(NAME, environment)
    graph = app.alone()
    assert graph.exports["namespace"] == app.namespace
    assert graph.one("Deployment").metadata["namespace"] == app.namespace


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nobody_else_may_take_its_objects_over(environment: str) -> None:
    app = App(NAME, environment)
    graph = app.alone()
    for kind in ("Namespace", "Deployment", "Service", "Ingress"):
        assert graph.one(kind).metadata["labels"]["platform.internal/owner"] == app.owner
