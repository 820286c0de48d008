"""An application in a namespace of another stack: it declares no Namespace, and uses it as its owner allows."""

from typing import Any

import pytest

from tests.unit.apps.conftest import App
from tests.unit.shared.graph import Graph, refused

OWNER = "service-infrastructure.dev"


def shared(*tenants: str, owner: str = OWNER) -> dict[str, Any]:
    return {"shared": {"owner": owner, "uid": "uid-1", "tenants": list(tenants)}}


def read(app: App, graph: Graph, **settings: Any) -> Graph:
    return app.run(graph, create_namespace=False, namespace="shared", **settings)


def test_a_reader_declares_no_namespace(app: App) -> None:
    graph = read(app, app.graph(namespaces=shared()))
    assert not graph.of("Namespace")
    assert len(graph.objects) == 7
    assert {item.metadata["namespace"] for item in graph.objects} == {"shared"}


def test_a_reader_exports_whose_namespace_it_is_and_owns_none(app: App) -> None:
    exports = read(app, app.graph(namespaces=shared(app.owner))).exports
    assert exports["namespace"] == "shared"
    assert exports["namespace_owner"] == OWNER
    assert exports["namespaces"] == {}


def test_a_readers_objects_are_still_its_own(app: App) -> None:
    for item in read(app, app.graph(namespaces=shared())).objects:
        assert item.metadata["labels"]["platform.internal/owner"] == app.owner


@pytest.mark.parametrize("source", ["dusk-service-app/dev", "organization/dusk-service-app/dev"])
def test_a_namespace_is_read_from_the_stack_that_the_settings_name(day: App, source: str) -> None:
    other = {"organization/dusk-service-app/dev": {"namespaces": shared(owner="dusk-service-app.dev")}}
    graph = read(day, day.graph(others=other), namespace_source=source)
    assert graph.exports["namespace_owner"] == "dusk-service-app.dev"
    assert sorted(graph.references) == [
        "organization/dusk-service-app/dev",
        "organization/service-infrastructure/dev",
    ]


def test_another_environments_infrastructure_is_used_where_it_is_named(day: App) -> None:
    graph = day.graph()
    graph.stacks = {
        "organization/platform/shared": next(iter(graph.stacks.values())),
    }
    day.run(graph, infra_stack_name="platform/shared")
    assert graph.references == ["organization/platform/shared"]


def nothing_declared(graph: Graph) -> bool:
    return not graph.objects and not graph.of("kubernetes")


def test_a_source_that_does_not_own_it_declares_nothing_at_all(app: App) -> None:
    graph = app.graph()
    message = refused(lambda: read(app, graph))
    assert message.startswith("Refused: apps/")
    assert "which does not own it (it owns: none)" in message
    assert nothing_declared(graph)


def test_a_stack_that_is_no_tenant_declares_nothing_at_all(app: App) -> None:
    graph = app.graph(namespaces=shared("somebody.else"))
    assert "is not a tenant" in refused(lambda: read(app, graph))
    assert nothing_declared(graph)


def test_letting_go_of_a_namespace_from_before_the_rules_declares_nothing_at_all(day: App) -> None:
    state = {"urn": {"type": "kubernetes:core/v1:Namespace", "outputs": {"metadata": {"name": "shared"}}}}
    graph = day.graph(namespaces=shared(), state=state)
    assert "would delete it with everything in it" in refused(lambda: read(day, graph))
    assert nothing_declared(graph)


def test_a_namespace_is_not_read_from_the_stack_itself(day: App) -> None:
    graph = day.graph(namespaces=shared())
    message = refused(lambda: read(day, graph, namespace_source="day-service-app/dev"))
    assert "reads the namespace 'shared' from day-service-app/dev, which is this stack itself" in message
    assert nothing_declared(graph)
