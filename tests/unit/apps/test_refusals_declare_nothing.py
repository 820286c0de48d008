"""What is wrong is refused before the first change: a refusing program declares no object and no provider."""

from typing import Any

from shared.kube.observed import ObservedCluster
from tests.unit.apps.conftest import App
from tests.unit.shared.graph import Graph, refused


def refusal_of(app: App, graph: Graph, **settings: Any) -> str:
    message = refused(lambda: app.run(graph, **settings))
    assert message.startswith("Refused: ")
    assert not graph.objects
    assert not graph.of("kubernetes")
    return message


def test_a_kubeconfig_that_leads_elsewhere_is_refused(day: App) -> None:
    graph = day.graph()
    graph.cluster = ObservedCluster("another", {})
    assert "leads to the cluster another" in refusal_of(day, graph)


def test_a_rebuilt_cluster_is_refused_with_the_command_that_forgets_the_old_one(day: App) -> None:
    state = {"root": {"type": "pulumi:pulumi:Stack", "outputs": {"cluster_identifier": "before"}}}
    assert "make app-forget SERVICE=day ENV=dev" in refusal_of(day, day.graph(state=state))


def test_a_namespace_is_not_read_from_the_stack_itself(day: App) -> None:
    itself = {"create_namespace": False, "namespace_source": "day-service-app/dev"}
    message = refusal_of(day, day.graph(), namespace="shared", **itself)
    assert "reads the namespace 'shared' from day-service-app/dev, which is this stack itself" in message
