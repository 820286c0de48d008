"""What both services declare: the names that others rely on, in one namespace, through one connection."""

import pytest

from tests.unit.apps.conftest import CONTRACTS, App
from tests.unit.shared.graph import is_secret
from tests.unit.shared.isolation.objects import ISOLATION, MANAGER, isolates

NAMESPACES = {
    ("day", "dev"): "dev",
    ("day", "production"): "production",
    ("dusk", "dev"): "dusk-service-dev",
    ("dusk", "production"): "dusk-service-production",
}
EVERYWHERE = [
    App(service, environment, cluster) for service, environment in NAMESPACES for cluster in CONTRACTS
]
EXPORTS = {
    "namespace",
    "namespace_owner",
    "image",
    "deployment_name",
    "service_name",
    "hpa_name",
    "ingress_name",
    "url",
    "namespaces",
    "cluster_identifier",
}
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
def test_every_object_goes_through_the_connection_that_the_contract_gives(app: App) -> None:
    graph = app.deployed()
    contract = CONTRACTS[app.cluster]
    provider = graph.one("kubernetes")
    assert provider.inputs["clusterIdentifier"] == contract["cluster_identifier"]
    assert provider.wire["kubeconfig"] == contract["kubeconfig"]
    assert is_secret(provider.wire["kubeconfig"]) == (app.cluster == "local")
    assert len(graph.objects) == 8 + len(ISOLATION)
    for item in graph.objects:
        assert item.provider.rsplit("::", 1)[0] == provider.urn, item.urn
    assert graph.references == [f"organization/service-infrastructure/{app.environment}"]


@pytest.mark.parametrize("app", EVERYWHERE, ids=IDS)
def test_the_contract_is_exported_and_nothing_of_it_is_secret(app: App) -> None:
    exports = app.deployed().exports
    namespace = NAMESPACES[app.service, app.environment]
    assert set(exports) == EXPORTS
    assert not any(map(is_secret, exports.values()))
    assert exports["namespace"] == namespace
    assert exports["namespace_owner"] == app.owner
    assert exports["image"] == f"registry.platform.internal/{app.name}:{app.settings()['image_tag']}"
    assert exports["deployment_name"] == exports["service_name"] == exports["ingress_name"] == app.name
    assert exports["hpa_name"] == f"{app.name}-hpa"
    assert exports["url"] == f"http://{app.name}.{namespace}.platform.internal/"
    assert exports["cluster_identifier"] == CONTRACTS[app.cluster]["cluster_identifier"]
    assert exports["namespaces"] == {
        namespace: {
            "owner": app.owner,
            "uid": f"uid-of-{namespace}-namespace",
            "tenants": [],
            "governed_by": "owner",
        }
    }


def test_everything_lives_in_the_one_namespace_that_was_declared(app: App) -> None:
    graph = app.deployed()
    namespace = graph.one("Namespace")
    for item in graph.objects:
        if item is not namespace:
            assert item.metadata["namespace"] == namespace.metadata["name"], item.urn
            assert namespace.urn in item.depends_on, item.urn


def test_the_namespace_is_declared_first_of_all_objects(app: App) -> None:
    assert app.deployed().objects[0].kind == "Namespace"


def test_selectors_keep_the_labels_that_cannot_change(app: App) -> None:
    graph = app.deployed()
    namespace = graph.one("Namespace").metadata["name"]
    selector = {"app": app.name, "managed-by": "pulumi", "environment": namespace}
    deployment = graph.one("Deployment").inputs["spec"]
    assert deployment["selector"] == {"matchLabels": selector}
    assert selector.items() <= deployment["template"]["metadata"]["labels"].items()
    assert graph.one("Service").inputs["spec"]["selector"] == selector
    assert graph.one("PodDisruptionBudget").inputs["spec"]["selector"] == {"matchLabels": selector}


def test_every_object_says_who_owns_it_and_is_applied_in_the_owners_name(app: App) -> None:
    for item in app.deployed().objects:
        manager = MANAGER if isolates(item) else app.owner
        assert item.metadata["labels"]["platform.internal/owner"] == app.owner, item.urn
        assert item.metadata["annotations"]["pulumi.com/patchFieldManager"] == manager, item.urn


def test_service_and_isolation_are_one_component_each_and_the_namespace_stands_at_the_top(app: App) -> None:
    graph = app.deployed()
    service, isolation = graph.one("WebService").urn, graph.one("Isolation").urn
    for item in graph.objects:
        at_top = item.kind == "Namespace"
        assert ("pulumi:pulumi:Stack::" in item.parent) == at_top, item.urn
        assert (item.parent == isolation) == isolates(item), item.urn
        assert (item.parent == service) == (not at_top and not isolates(item)), item.urn


def test_requests_find_their_way_to_the_port_that_the_service_listens_on(app: App) -> None:
    graph = app.deployed()
    (port,) = graph.one("Service").inputs["spec"]["ports"]
    assert (port["name"], port["port"], port["targetPort"]) == ("http", 80, "http")
    (rule,) = graph.one("Ingress").inputs["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend == {"name": app.name, "port": {"name": "http"}}
    assert rule["host"] == f"{app.name}.{graph.exports['namespace']}.platform.internal"


@pytest.mark.parametrize("cluster", CONTRACTS)
def test_the_ingress_is_served_by_the_class_that_the_contract_names(cluster: str) -> None:
    ingress = App("day", "dev", cluster).deployed().one("Ingress")
    assert ingress.inputs["spec"]["ingressClassName"] == CONTRACTS[cluster]["ingress_class"]


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
