"""Both services deploy unchanged to what the EKS program exports: the same objects as on the local cluster."""

from typing import Any

import pytest

from tests.unit.apps.conftest import App
from tests.unit.infrastructure.eks.conftest import production, run_eks
from tests.unit.shared.graph import ROOT, Graph

INFRASTRUCTURE = "organization/service-infrastructure/production"
OF_THE_CLUSTER = {
    "spec.ingressClassName",
    "spec.template.spec.containers",
    "spec.template.spec.terminationGracePeriodSeconds",
    "metadata.annotations.alb.ingress.kubernetes.io/target-group-attributes",
    "metadata.labels.elbv2.k8s.aws/pod-readiness-gate-inject",
}
"""What may be other than on the local cluster: the class, and how long a load balancer takes with a pod."""


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    """What the repository's production stack exports."""
    with pytest.MonkeyPatch.context() as here:
        here.chdir(ROOT / "infrastructure")
        return run_eks(**production()).exports


@pytest.fixture(params=["day", "dusk"])
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> App:
    """Each of the services in production."""
    monkeypatch.chdir(ROOT / "apps" / request.param)
    return App(request.param, "production")


def on_eks(app: App, contract: dict[str, Any]) -> Graph:
    return app.run(Graph(stacks={INFRASTRUCTURE: contract}))


def flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {
            key: item
            for name, inner in value.items()
            for key, item in flat(inner, f"{path}.{name}".strip(".")).items()
        }
    return {path: value}


def test_a_service_declares_the_same_objects_as_on_the_local_cluster(
    service: App, contract: dict[str, Any]
) -> None:
    ours, local = on_eks(service, contract), service.run()
    assert {item.urn for item in ours.objects} == {item.urn for item in local.objects}
    there = {item.urn: flat(item.inputs) for item in local.objects}
    differing = {
        key
        for item in ours.objects
        if item.kind != "NetworkPolicy"
        for key, value in flat(item.inputs).items()
        if there[item.urn].get(key) != value
    }
    assert differing == OF_THE_CLUSTER


def test_a_service_lets_in_the_subnets_of_its_load_balancer(service: App, contract: dict[str, Any]) -> None:
    graph = on_eks(service, contract)
    allowed = [
        peer["ipBlock"]["cidr"]
        for item in graph.of("NetworkPolicy")
        if item.metadata["name"] == "platform-ingress-controller"
        for rule in item.inputs["spec"]["ingress"]
        for peer in rule["from"]
    ]
    assert allowed == [peer["cidr"] for peer in contract["ingress_controllers"]]
    assert len(allowed) == 3
