"""The infrastructure program on EKS: the same contract, the same policies, observed as soon as there is a cluster."""

from collections.abc import Callable

import pulumi
import pytest
import yaml

from shared.contract import Infrastructure
from shared.errors import Refusal
from shared.kube import observed
from shared.kube.observed import ObservedCluster, ObservedNamespace
from tests.unit.infrastructure.eks.conftest import (
    ACCOUNT,
    ARN,
    EKS,
    ENDPOINT,
    NAME,
    AwsGraph,
    run_eks,
    state_with,
)
from tests.unit.shared.graph import is_secret, refused

DAY = "day-service-app.production"
OWNER = "service-infrastructure.production"
Observes = Callable[..., list[str]]


@pytest.fixture
def observes(monkeypatch: pytest.MonkeyPatch) -> Observes:
    """Set what is observed on the cluster; return the kubeconfigs through which it is."""

    def has(*namespaces: ObservedNamespace, silent: bool = False) -> list[str]:
        seen: list[str] = []

        def observe(kubeconfig: str, names: list[str]) -> ObservedCluster:
            seen.append(kubeconfig)
            if silent:
                raise Refusal("The cluster does not answer.", "Check the network.")
            found = {item.name: item for item in namespaces}
            return ObservedCluster("uid-of-kube-system", found, version="v1.35.2-eks-1")

        monkeypatch.setattr(observed, "observe", observe)
        return seen

    return has


def deployed(*, preview: bool = False) -> AwsGraph:
    """A cluster that an earlier update created."""
    exported = {"kubeconfig": run_eks().exports["kubeconfig"], "cluster_identifier": ARN}
    return AwsGraph(preview=preview, state=state_with("a", "b", "c", **exported))


def plugin(kubeconfig: str) -> list[str]:
    found: list[str] = yaml.safe_load(kubeconfig)["users"][0]["user"]["exec"]["args"]
    return found


def test_the_contract_is_the_same_and_nothing_of_it_is_secret() -> None:
    exports = run_eks(namespaces={"a": {"tenants": [DAY]}}).exports
    assert not any(map(is_secret, exports.values()))
    contract = Infrastructure.model_validate(exports)
    assert contract.cluster_identifier == ARN
    assert contract.cluster_name == NAME
    assert contract.ingress_class == "alb"
    assert contract.namespaces["a"].owner == OWNER
    assert contract.namespaces["a"].tenants == (DAY,)


def test_a_profile_of_this_machine_is_used_and_not_exported() -> None:
    admins = [f"arn:aws:iam::{ACCOUNT}:user/somebody"]
    eks = {**EKS, "profile": "platform", "access": {"admins": admins}}
    graph = run_eks(eks={key: value for key, value in eks.items() if key != "role_arn"})
    assert plugin(graph.one("kubernetes").inputs["kubeconfig"])[-2:] == ["--profile", "platform"]
    assert "--profile" not in plugin(graph.exports["kubeconfig"])


def test_the_connection_keeps_its_identity_when_the_endpoint_changes() -> None:
    provider = run_eks().one("kubernetes")
    assert provider.inputs["clusterIdentifier"] == ARN


def test_policies_and_namespaces_are_declared_as_on_any_cluster() -> None:
    graph = run_eks(namespaces=["a"])
    assert len(graph.of("ValidatingAdmissionPolicy")) >= 2
    assert graph.one("Namespace").retained
    provider = graph.one("kubernetes")
    for item in graph.objects:
        assert item.provider.rsplit("::", 1)[0] == provider.urn, item.urn


@pytest.mark.parametrize("preview", [True, False])
def test_an_existing_cluster_is_observed_before_anything_is_declared(
    observes: Observes, preview: bool
) -> None:
    seen = observes(ObservedNamespace("a", "uid-1", owner=DAY))
    graph = deployed(preview=preview)
    message = refused(lambda: run_eks(graph, namespaces=["a"]))
    assert f"The namespace 'a' is owned by {DAY}" in message
    assert len(seen) == 1
    assert yaml.safe_load(seen[0])["clusters"][0]["cluster"]["server"] == ENDPOINT
    assert not graph.declared


def test_an_adoption_that_was_asked_for_is_by_force(observes: Observes) -> None:
    observes(ObservedNamespace("a", "uid-1", owner=DAY))
    graph = run_eks(deployed(), namespaces={"a": {"adopt_namespace_from": DAY}})
    assert graph.one("Namespace").metadata["annotations"]["pulumi.com/patchForce"] == "true"


def test_a_cluster_yet_to_be_created_is_not_observed(observes: Observes) -> None:
    seen = observes(ObservedNamespace("a", "uid-1", owner=DAY))
    graph = run_eks(AwsGraph(preview=True), namespaces=["a"])
    assert not seen
    assert graph.exports["cluster_identifier"] == ARN


def test_a_cluster_is_observed_with_the_profile_of_the_settings(observes: Observes) -> None:
    seen = observes()
    run_eks(deployed(), eks={**EKS, "profile": "platform"})
    assert plugin(seen[0])[-2:] == ["--profile", "platform"]


def test_a_preview_and_its_update_depend_on_the_same() -> None:
    """The engine holds an update to its plan, dependencies included."""
    planned, done = run_eks(AwsGraph(preview=True)), run_eks()
    assert {item.urn: set(item.depends_on) for item in planned.declared} == {
        item.urn: set(item.depends_on) for item in done.declared
    }


@pytest.mark.parametrize("preview", [True, False])
def test_an_unreachable_cluster_is_no_obstacle_since_this_stack_may_make_it_reachable(
    observes: Observes, monkeypatch: pytest.MonkeyPatch, preview: bool
) -> None:
    """Nothing is adopted then: the API server decides about each object."""
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    observes(silent=True)
    graph = run_eks(deployed(preview=preview), namespaces={"a": {"adopt_namespace_from": DAY}})
    assert warned == ["The cluster could not be observed: The cluster does not answer."]
    assert "pulumi.com/patchForce" not in graph.one("Namespace").metadata["annotations"]
