"""Each service deploys by each of its settings files, under its own name."""

import pytest

from tests.unit.apps.conftest import App, environments

APPS = [App(service, name) for service in ("day", "dusk") for name in environments(service)]


@pytest.mark.parametrize("app", APPS, ids=str)
def test_its_objects_have_its_name(app: App) -> None:
    graph = app.alone()
    for kind in ("Deployment", "Service", "Ingress", "ServiceAccount"):
        assert graph.one(kind).metadata["name"] == app.name
    assert graph.one("ConfigMap").metadata["name"] == f"{app.name}-config"
    assert graph.one("HorizontalPodAutoscaler").metadata["name"] == f"{app.name}-hpa"


@pytest.mark.parametrize("app", APPS, ids=str)
def test_nobody_else_may_take_its_objects_over(app: App) -> None:
    graph = app.alone()
    for kind in ("Namespace", "Deployment", "Service", "Ingress"):
        assert graph.one(kind).metadata["labels"]["platform.internal/owner"] == app.owner
