"""The infrastructure program on EKS: the same contract, the same policies, observed as soon as there is a cluster."""

from collections.abc import Callable

import pulumi
import pytest
import yaml

from shared.errors import Refusal
from shared.kube import observed
from shared.kube.observed import ObservedCluster, ObservedNamespace
from tests.unit.infrastructure.eks.conftest import (
    ARN,
    EKS,
    ENDPOINT,
    AwsGraph,
    run_eks,
    state_with,
)
from tests.unit.shared.graph import is_secret, refused

DAY = "day-service-app.production"
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


def test_nothing_of_the_contract_is_secret() -> None:
    assert not any(map(is_secret, run_eks().exports.values()))


def test_a_profile_of_this_machine_is_used_and_not_exported(observes: Observes) -> None:
    seen, graph = observes(), run_eks(deployed(), eks={**EKS, "profile": "platform"})
    used = (seen[0], graph.one("kubernetes").inputs["kubeconfig"])
    assert [plugin(kubeconfig)[-2:] for kubeconfig in used] == [["--profile", "platform"]] * 2
    assert "--profile" not in plugin(graph.exports["kubeconfig"])


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
