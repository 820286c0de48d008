"""Objects that the state holds under another URN or manager come over as they are, with nothing deleted."""

from typing import Any

import pytest

from tests.unit.apps.conftest import App
from tests.unit.shared.isolation.objects import isolates

PREFIX = "urn:pulumi:dev::day-service-app::"
OBJECTS = {
    "core/v1:ServiceAccount": "day-service",
    "core/v1:ConfigMap": "day-service-config",
    "apps/v1:Deployment": "day-service",
    "core/v1:Service": "day-service",
    "autoscaling/v2:HorizontalPodAutoscaler": "day-service-hpa",
    "policy/v1:PodDisruptionBudget": "day-service",
    "networking.k8s.io/v1:Ingress": "day-service",
}


def held(token: str, name: str, urn: str, namespace: str = "dev", **outputs: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {urn: {"type": f"kubernetes:{token}", "outputs": {"metadata": metadata, **outputs}}}


@pytest.mark.parametrize(("token", "name"), OBJECTS.items())
def test_an_object_under_another_urn_keeps_its_identity(day: App, token: str, name: str) -> None:
    urn = f"{PREFIX}kubernetes:{token}::seed-{name}"
    graph = day.run(day.graph(state=held(token, name, urn)))
    aliases = {item.type: item.aliases for item in graph.objects if urn in item.aliases}
    assert set(aliases) == {f"kubernetes:{token}"}


def test_an_object_of_the_same_name_in_another_namespace_is_another(
    day: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW", "Namespace/other")
    urn = f"{PREFIX}kubernetes:apps/v1:Deployment::seed"
    state = held("apps/v1:Deployment", "day-service", urn, namespace="other")
    assert not any(urn in item.aliases for item in day.run(day.graph(state=state)).objects)


def test_an_object_goes_on_under_the_manager_that_applied_it(day: App) -> None:
    urn = f"{PREFIX}kubernetes:apps/v1:Deployment::seed"
    state = held("apps/v1:Deployment", "day-service", urn, __fieldManager="pulumi-kubernetes-1234")
    graph = day.run(day.graph(state=state))
    managers = {
        item.kind: item.metadata["annotations"]["pulumi.com/patchFieldManager"]
        for item in graph.objects
        if not isolates(item)
    }
    assert managers.pop("Deployment") == "pulumi-kubernetes-1234"
    assert set(managers.values()) == {day.owner}
