"""What is wrong is refused before the first change: a refusing program declares no object and no provider."""

from typing import Any

import pytest

from shared.kube.observed import ObservedCluster, ObservedNamespace
from tests.unit.apps.conftest import CONTRACTS, App
from tests.unit.shared.graph import Graph, refused
from tests.unit.shared.isolation.objects import ISOLATION

IDENTIFIER = CONTRACTS["local"]["cluster_identifier"]


def on(app: App, *namespaces: ObservedNamespace, identifier: str = IDENTIFIER) -> Graph:
    """A graph of a cluster that has these namespaces."""
    graph = app.graph()
    graph.cluster = ObservedCluster(identifier, {item.name: item for item in namespaces})
    return graph


def refusal_of(app: App, graph: Graph, **settings: Any) -> str:
    message = refused(lambda: app.run(graph, **settings))
    assert message.startswith("Refused: ")
    assert not graph.objects
    assert not graph.of("kubernetes")
    return message


def test_wrong_settings_are_refused_all_at_once(app: App) -> None:
    message = refusal_of(app, app.graph(), replicas=0, log_level="loud", replica=1)
    assert f"apps/{app.service}/Pulumi.dev.yaml has 3 invalid settings" in message


def test_a_second_owner_is_refused(day: App) -> None:
    message = refusal_of(day, on(day, ObservedNamespace("dev", "uid-1", owner="service-infrastructure.dev")))
    assert "The namespace 'dev' is owned by service-infrastructure.dev" in message
    assert "In apps/day/Pulumi.dev.yaml" in message


def test_an_owner_is_let_through_where_the_live_object_agrees(day: App) -> None:
    assert len(day.run(on(day, ObservedNamespace("dev", "uid-1", owner=day.owner))).objects) == 8 + len(
        ISOLATION
    )


def test_a_take_over_that_was_asked_for_forces_the_namespace_alone(day: App) -> None:
    graph = day.run(
        on(day, ObservedNamespace("dev", "uid-1", owner="service-infrastructure.dev")),
        adopt_namespace_from="service-infrastructure.dev",
    )
    forced = [item.kind for item in graph.objects if "pulumi.com/patchForce" in item.metadata["annotations"]]
    assert forced == ["Namespace"]


def test_a_kubeconfig_that_leads_elsewhere_is_refused(day: App) -> None:
    assert "leads to the cluster another" in refusal_of(day, on(day, identifier="another"))


def test_a_rebuilt_cluster_is_refused_with_the_command_that_forgets_the_old_one(day: App) -> None:
    state = {"root": {"type": "pulumi:pulumi:Stack", "outputs": {"cluster_identifier": "before"}}}
    message = refusal_of(day, day.graph(state=state))
    assert "make app-forget SERVICE=day ENV=dev" in message


def test_a_renamed_namespace_is_refused_before_any_stack_is_read(day: App) -> None:
    metadata = {"name": "day-service", "namespace": "dev"}
    state = {"urn": {"type": "kubernetes:apps/v1:Deployment", "outputs": {"metadata": metadata}}}
    graph = day.graph(state=state)
    message = refusal_of(day, graph, namespace="renamed")
    assert "ALLOW=Namespace/dev" in message
    assert not graph.references


def test_an_infrastructure_that_was_never_deployed_is_refused(app: App) -> None:
    assert "make infra-up ENV=dev" in refusal_of(app, Graph())


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"namespace": "", "namespace_pattern": "team-environment"}, "needs the setting team"),
        ({"namespace": "", "namespace_pattern": "team-environment", "team": "x" * 60}, "at most 63"),
        (
            {"infra_stack_name": "a/b/c/d"},
            "apps/day/Pulumi.dev.yaml has 1 invalid setting:\n    infra_stack_name is 'a/b/c/d'",
        ),
        (
            {"create_namespace": False, "namespace_source": "a b"},
            "apps/day/Pulumi.dev.yaml has 1 invalid setting:\n    namespace_source is 'a b'",
        ),
    ],
)
def test_a_name_that_names_nothing_is_refused_with_its_setting(
    day: App, settings: dict[str, Any], says: str
) -> None:
    assert says in refusal_of(day, day.graph(), **settings)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"namespace_pattern": "environment"}, "dev"),
        ({"namespace_pattern": "service-environment"}, "day-service-dev"),
        ({"namespace_pattern": "team-environment", "team": "backend"}, "team-backend-dev"),
    ],
)
def test_a_namespace_without_a_name_is_named_by_its_pattern(
    day: App, settings: dict[str, Any], name: str
) -> None:
    graph = day.run(namespace="", **settings)
    assert graph.one("Namespace").name == f"{name}-namespace"
    assert graph.exports["namespace"] == name
