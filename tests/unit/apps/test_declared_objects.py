"""What both services declare and export: the names that others rely on, and nothing that would wait for ever."""

import pytest

from tests.cluster import ISOLATION
from tests.unit.apps.conftest import CONTRACTS, App
from tests.unit.shared.graph import is_secret

NAMESPACES = {
    ("day", "dev"): "dev",
    ("day", "production"): "production",
    ("dusk", "dev"): "dusk-service-dev",
    ("dusk", "production"): "dusk-service-production",
}
EVERYWHERE = [
    App(service, environment, cluster) for service, environment in NAMESPACES for cluster in CONTRACTS
]
IDS = [f"{app.service}-{app.environment}-{app.cluster}" for app in EVERYWHERE]


@pytest.mark.parametrize("app", EVERYWHERE, ids=IDS)
def test_objects_keep_the_names_that_others_rely_on(app: App) -> None:
    graph = app.deployed()
    assert {(item.kind, item.metadata["name"]) for item in graph.objects} == {
        ("Namespace", NAMESPACES[app.service, app.environment]),
        ("ServiceAccount", app.name),
        ("ConfigMap", f"{app.name}-config"),
        ("Deployment", app.name),
        ("Service", app.name),
        ("HorizontalPodAutoscaler", f"{app.name}-hpa"),
        ("PodDisruptionBudget", app.name),
        ("Ingress", app.name),
        *ISOLATION,
    }


@pytest.mark.parametrize("app", EVERYWHERE, ids=IDS)
def test_an_application_exports_its_image_and_address_and_nothing_secret(app: App) -> None:
    graph = app.deployed()
    assert not any(map(is_secret, graph.exports.values()))
    assert is_secret(graph.one("kubernetes").wire["kubeconfig"]) == (app.cluster == "local")
    assert graph.exports["image"] == f"registry.platform.internal/{app.name}:{app.settings()['image_tag']}"
    namespace = NAMESPACES[app.service, app.environment]
    assert graph.exports["url"] == f"http://{app.name}.{namespace}.platform.internal/"


def test_a_guest_exports_whose_namespace_it_is_and_owns_none(app: App) -> None:
    owner = "service-infrastructure.dev"
    shared = {"shared": {"owner": owner, "uid": "uid-1", "tenants": [app.owner]}}
    exports = app.run(app.graph(namespaces=shared), create_namespace=False, namespace="shared").exports
    assert (exports["namespace"], exports["namespace_owner"], exports["namespaces"]) == ("shared", owner, {})


def test_no_wait_is_made_that_cannot_end(app: App) -> None:
    graph = app.deployed()
    for kind in ("Service", "Ingress"):
        assert graph.one(kind).metadata["annotations"]["pulumi.com/skipAwait"] == "true"
    assert "pulumi.com/skipAwait" not in graph.one("Deployment").metadata["annotations"]


def test_a_load_balancer_asks_for_the_path_that_answers_while_the_service_is_well(app: App) -> None:
    annotations = app.deployed().one("Ingress").metadata["annotations"]
    (container,) = app.deployed().one("Deployment").inputs["spec"]["template"]["spec"]["containers"]
    asked = annotations["alb.ingress.kubernetes.io/healthcheck-path"]
    assert asked == container["readinessProbe"]["httpGet"]["path"] == "/health"
