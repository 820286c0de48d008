"""An application isolates the namespace that it owns before its pods run; a guest does not."""

from tests.cluster import ISOLATION
from tests.unit.apps.conftest import App
from tests.unit.shared.isolation.objects import isolation_of


def test_pods_come_after_all_of_the_isolation(app: App) -> None:
    graph = app.deployed()
    urns = {item.urn for item in isolation_of(graph)}
    assert len(urns) == len(ISOLATION)
    assert urns <= set(graph.one("Deployment").depends_on)


def test_an_owner_tells_the_api_server_the_hosts_of_its_domain_and_of_its_settings(app: App) -> None:
    graph = app.run(
        namespace="own",
        ingress_domain="example.com",
        isolation={"network": {"hosts": ["www.example.com"]}},
    )
    annotations = graph.one("Namespace").metadata["annotations"]
    assert annotations["platform.internal/hosts"] == "*.own.example.com www.example.com"
    assert annotations["platform.internal/tenants"] == ""
    (rule,) = graph.one("Ingress").inputs["spec"]["rules"]
    assert rule["host"].endswith(".own.example.com")


def test_a_guest_is_not_held_to_what_the_organization_requires_of_those_who_isolate(app: App) -> None:
    shared = {"owner": "service-infrastructure.dev", "uid": "uid-1", "tenants": []}
    graph = app.graph(namespaces={"shared": shared})
    name = f"organization/service-infrastructure/{app.environment}"
    organization = {"required_labels": ["team"], "enforced": ["network"]}
    graph.stacks = {name: {**graph.stacks[name], "organization": organization}}
    app.run(graph, create_namespace=False, namespace="shared")
    assert graph.one("Deployment")
