"""An application isolates the namespace that it owns, or that it governs by leave of its owner, before its pods run."""

from typing import Any

import pytest

from tests.unit.apps.conftest import App
from tests.unit.shared.graph import Graph, refused
from tests.unit.shared.isolation.objects import ISOLATION, isolation_of

OWNER = "service-infrastructure.dev"
ENFORCE = "pod-security.kubernetes.io/enforce"


def shared(governed_by: str) -> dict[str, Any]:
    return {"shared": {"owner": OWNER, "uid": "uid-1", "tenants": [], "governed_by": governed_by}}


def read(app: App, offered: str, **settings: Any) -> Graph:
    graph = app.graph(namespaces=shared(offered))
    return app.run(graph, create_namespace=False, namespace="shared", **settings)


def found(graph: Graph) -> set[tuple[str, str]]:
    return {(item.kind, item.metadata["name"]) for item in isolation_of(graph)}


def test_pods_come_after_all_of_the_isolation(app: App) -> None:
    graph = app.deployed()
    urns = {item.urn for item in isolation_of(graph)}
    assert len(urns) == len(ISOLATION)
    assert urns <= set(graph.one("Deployment").depends_on)
    order = [item.urn for item in graph.objects]
    assert max(map(order.index, urns)) < order.index(graph.one("Deployment").urn)


def test_an_owner_isolates_its_namespace_and_says_so_on_it(app: App) -> None:
    graph = app.run(profile="small", team="backend", isolation={"quota": {"pods": 19}})
    labels = graph.one("Namespace").metadata["labels"]
    assert labels[ENFORCE] == "restricted"
    assert labels["platform.internal/profile"] == "small"
    assert labels["platform.internal/team"] == "backend"
    assert graph.one("ResourceQuota").inputs["spec"]["hard"]["pods"] == "19"
    assert all(item.retained for item in isolation_of(graph))


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


def test_a_guest_declares_nothing_of_its_namespaces_isolation(app: App) -> None:
    graph = read(app, "owner", profile="small")
    assert found(graph) == set()
    assert not graph.of("Isolation")


def test_a_reader_that_governs_declares_the_isolation_and_no_namespace(app: App) -> None:
    graph = read(app, "application", governed_by="application", profile="small")
    assert found(graph) == ISOLATION
    assert not graph.of("Namespace")
    assert {item.metadata["namespace"] for item in isolation_of(graph)} == {"shared"}
    assert {item.metadata["labels"]["platform.internal/owner"] for item in isolation_of(graph)} == {app.owner}
    assert graph.one("ResourceQuota").inputs["spec"]["hard"]["pods"] == "20"
    assert {item.urn for item in isolation_of(graph)} <= set(graph.one("Deployment").depends_on)


def test_a_reader_does_not_govern_what_its_owner_governs(app: App) -> None:
    message = refused(lambda: read(app, "owner", governed_by="application"))
    assert f"apps/{app.service}/Pulumi.dev.yaml sets governed_by: application, but {OWNER}" in message


def test_an_owner_keeps_to_what_the_contract_says_that_the_organization_enforces(app: App) -> None:
    def run(**settings: Any) -> Graph:
        graph = app.graph()
        (contract,) = graph.stacks.values()
        organization = {
            "profile": "small",
            "enforced": ["profile"],
            "isolation": {"quota": {"config_maps": 44}},
        }
        graph.stacks = {next(iter(graph.stacks)): {**contract, "organization": organization}}
        return app.run(graph, **settings)

    assert "profile is large, the organization allows small at most" in refused(lambda: run(profile="large"))
    hard = run().one("ResourceQuota").inputs["spec"]["hard"]
    assert (hard["pods"], hard["configmaps"]) == ("20", "44")


def test_a_service_that_outgrows_its_namespace_is_refused_before_anything_is_declared(app: App) -> None:
    graph = app.graph()
    message = refused(lambda: app.run(graph, max_replicas=100))
    assert f"pods: {app.name} 125 = 125, the quota has 80" in message
    assert not graph.objects


@pytest.mark.parametrize("service", ["day", "dusk"])
@pytest.mark.parametrize("environment", ["dev", "production"])
def test_services_fit_into_their_namespaces_as_their_settings_files_say(
    service: str, environment: str
) -> None:
    assert found(App(service, environment).deployed()) == ISOLATION


def test_a_guest_is_not_held_to_what_the_organization_requires_of_those_who_isolate(app: App) -> None:
    graph = app.graph(namespaces=shared("owner"))
    name = f"organization/service-infrastructure/{app.environment}"
    organization = {"required_labels": ["team"], "enforced": ["network"]}
    graph.stacks = {name: {**graph.stacks[name], "organization": organization}}
    app.run(graph, create_namespace=False, namespace="shared")
    assert graph.one("Deployment")
