"""The infrastructure program on EKS: the same contract, the same guards, looked at as soon as there is a cluster."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime.mocks import MockResourceArgs
from pulumi.runtime.rpc import UNKNOWN

from infrastructure import provision
from shared.cluster.live import LiveCluster, LiveNamespace
from shared.contract import Infrastructure
from shared.refusal import Refusal
from tests.unit.infrastructure.eks.conftest import (
    ACCOUNT,
    ARN,
    AUTHORITY,
    DEPLOYER,
    EKS,
    ENDPOINT,
    NAME,
    AwsGraph,
    run_eks,
)
from tests.unit.shared.graph import is_secret, refused

DAY = "day-service-app.production"
OWNER = "service-infrastructure.production"
Looks = Callable[..., list[str]]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Set what the cluster has; return the kubeconfigs through which it is looked at."""

    def has(*namespaces: LiveNamespace, silent: bool = False) -> list[str]:
        seen: list[str] = []

        def look(kubeconfig: str, names: Any) -> LiveCluster:
            seen.append(kubeconfig)
            if silent:
                raise Refusal("The cluster does not answer.", "Check the network.")
            return LiveCluster("uid-of-kube-system", {item.name: item for item in namespaces})

        monkeypatch.setattr(provision, "look", look)
        monkeypatch.setattr(provision, "look_into", lambda kubeconfig, namespace: ())
        monkeypatch.setattr(provision, "look_at_usage", lambda kubeconfig, namespace: {})
        return seen

    return has


class YetToBeMade(AwsGraph):
    """A preview of a cluster that is not there yet: what AWS gives it is not known."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer with what is unknown."""
        identifier, state = super().new_resource(args)
        if args.typ == "aws:eks/cluster:Cluster":
            state |= {"endpoint": UNKNOWN, "certificateAuthority": UNKNOWN}
        return identifier, state


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


def test_the_kubeconfig_asks_for_a_token_and_holds_no_credential() -> None:
    document = yaml.safe_load(run_eks().exports["kubeconfig"])
    (cluster,), (user,) = document["clusters"], document["users"]
    assert cluster["cluster"] == {"server": ENDPOINT, "certificate-authority-data": AUTHORITY}
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "aws"
    assert plugin(yaml.safe_dump(document)) == [
        *("--region", "eu-central-1", "eks", "get-token", "--cluster-name", NAME, "--output", "json"),
        *("--role-arn", DEPLOYER),
    ]


def test_a_profile_of_this_machine_is_used_and_not_exported() -> None:
    admins = [f"arn:aws:iam::{ACCOUNT}:user/somebody"]
    eks = {**EKS, "profile": "platform", "access": {"admins": admins}}
    graph = run_eks(eks={key: value for key, value in eks.items() if key != "role_arn"})
    assert plugin(graph.one("kubernetes").inputs["kubeconfig"])[-2:] == ["--profile", "platform"]
    assert "--profile" not in plugin(graph.exports["kubeconfig"])


def test_the_connection_keeps_its_identity_when_the_endpoint_changes() -> None:
    provider = run_eks().one("kubernetes")
    assert provider.inputs["clusterIdentifier"] == ARN


def test_guards_and_namespaces_are_declared_as_on_any_cluster() -> None:
    graph = run_eks(namespaces=["a"])
    assert len(graph.of("ValidatingAdmissionPolicy")) >= 2
    assert graph.one("Namespace").retained
    provider = graph.one("kubernetes")
    for item in graph.objects:
        assert item.provider.rsplit("::", 1)[0] == provider.urn, item.urn


def test_a_cluster_that_is_there_is_looked_at_in_a_preview_and_its_owners_are_respected(looks: Looks) -> None:
    seen = looks(LiveNamespace("a", "uid-1", owner=DAY))
    graph = AwsGraph(preview=True)
    message = refused(lambda: run_eks(graph, namespaces=["a"]))
    assert f"The namespace 'a' is owned by {DAY}" in message
    assert len(seen) == 1
    assert yaml.safe_load(seen[0])["clusters"][0]["cluster"]["server"] == ENDPOINT
    assert not graph.objects
    assert not graph.of("kubernetes")


def test_an_update_touches_no_object_where_ownership_forbids_it(looks: Looks) -> None:
    looks(LiveNamespace("a", "uid-1", owner=DAY))
    graph = AwsGraph()
    assert "cannot own it too" in refused(lambda: run_eks(graph, namespaces=["a"]))
    assert not graph.objects


def test_a_take_over_that_was_asked_for_is_granted(looks: Looks) -> None:
    looks(LiveNamespace("a", "uid-1", owner=DAY))
    graph = run_eks(namespaces={"a": {"adopt_from": DAY}})
    assert graph.one("Namespace").metadata["annotations"]["pulumi.com/patchForce"] == "true"


def test_a_cluster_yet_to_be_made_is_not_looked_at_in_its_preview(looks: Looks) -> None:
    seen = looks(LiveNamespace("a", "uid-1", owner=DAY))
    graph = YetToBeMade(preview=True)
    run_eks(graph, namespaces=["a"])
    assert not seen
    assert graph.exports["cluster_identifier"] == ARN


class NewAdmin(AwsGraph):
    """A preview in which somebody else's access is yet to be made."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Answer with what is unknown."""
        identifier, state = super().new_resource(args)
        unknown = args.typ.endswith(":AccessPolicyAssociation") and "on-call" in args.name
        return ("" if unknown else identifier), state


def test_a_cluster_is_looked_at_in_a_preview_that_lets_somebody_else_in(looks: Looks) -> None:
    seen = looks()
    eks = {**EKS, "access": {"admins": [f"arn:aws:iam::{ACCOUNT}:role/on-call"]}}
    run_eks(NewAdmin(preview=True), eks=eks)
    assert len(seen) == 1


def test_a_preview_and_its_update_depend_on_the_same() -> None:
    """The engine holds an update to its plan, dependencies included."""
    planned, done = run_eks(AwsGraph(preview=True)), run_eks()
    assert {item.urn: set(item.depends_on) for item in planned.declared} == {
        item.urn: set(item.depends_on) for item in done.declared
    }


def test_a_cluster_out_of_reach_hinders_no_preview_since_this_stack_may_be_what_makes_it_reachable(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warned.append)
    looks(silent=True)
    run_eks(AwsGraph(preview=True), namespaces=["a"])
    assert warned == ["The cluster could not be looked at in this preview: The cluster does not answer."]


def test_a_cluster_out_of_reach_is_refused_in_an_update_before_any_object(looks: Looks) -> None:
    looks(silent=True)
    graph = AwsGraph()
    assert "does not answer" in refused(lambda: run_eks(graph, namespaces=["a"]))
    assert not graph.objects
