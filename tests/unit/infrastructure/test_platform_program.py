"""The infrastructure program: policies first, namespaces by everybody's rules, and the contract."""

from collections import Counter
from typing import Any

import pytest
import yaml

from shared.kube.observed import ObservedNamespace
from tests.unit.infrastructure.conftest import IDENTIFIER, KUBECONFIG, Live, Program
from tests.unit.shared.graph import ROOT, Graph, is_secret, plain, refused
from tests.unit.shared.isolation.objects import ISOLATION, MANAGER, isolates, isolation_of

OWNER = "service-infrastructure.dev"
DAY, DUSK = "day-service-app.dev", "dusk-service-app.dev"


def refusal_of(program: Program, graph: Graph | None = None, **settings: Any) -> str:
    graph = graph or Graph()
    message = refused(lambda: program(graph, **settings))
    assert message.startswith("Refused: ")
    assert not graph.objects
    return message


def test_the_contract_is_exported_with_the_kubeconfig_as_its_only_secret(program: Program) -> None:
    exports = program().exports
    assert {key for key, value in exports.items() if is_secret(value)} == {"kubeconfig"}
    assert yaml.safe_load(plain(exports["kubeconfig"])) == KUBECONFIG
    assert exports["cluster_identifier"] == IDENTIFIER
    assert exports["cluster_name"] == "platform"
    assert exports["ingress_class"] == "local"
    assert exports["namespaces"] == {}
    assert "app_namespace" not in exports


def test_every_object_goes_through_the_one_connection(program: Program) -> None:
    graph = program(namespaces=["a"])
    provider = graph.one("kubernetes")
    assert provider.inputs["clusterIdentifier"] == IDENTIFIER
    assert is_secret(provider.wire["kubeconfig"])
    assert {(item.kind, item.metadata["name"]) for item in isolation_of(graph)} == ISOLATION
    files = (ROOT / "infrastructure" / "policies").glob("*.yaml")
    policies = sum(not file.stem.startswith("role-") for file in files)
    assert Counter(item.kind for item in graph.objects if not isolates(item)) == {
        "ValidatingAdmissionPolicy": policies,
        "ValidatingAdmissionPolicyBinding": policies,
        "ClusterRole": 2,
        "Namespace": 1,
    }
    for item in graph.objects:
        manager = MANAGER if isolates(item) else OWNER
        assert item.provider.rsplit("::", 1)[0] == provider.urn
        assert item.metadata["labels"]["platform.internal/owner"] == OWNER
        assert item.metadata["annotations"]["pulumi.com/patchFieldManager"] == manager


def test_namespaces_are_declared_by_everybodys_rules(program: Program) -> None:
    graph = program(namespaces={"a": {"tenants": [DAY]}, "b": None})
    declared = graph.of("Namespace")
    assert {item.name for item in declared} == {"a-namespace", "b-namespace"}
    assert all(item.retained for item in declared)
    assert graph.exports["namespaces"] == {
        "a": {"owner": OWNER, "uid": "uid-of-a-namespace", "tenants": [DAY], "governed_by": "owner"},
        "b": {"owner": OWNER, "uid": "uid-of-b-namespace", "tenants": [], "governed_by": "owner"},
    }


def test_a_list_of_names_is_a_map_without_settings(program: Program) -> None:
    assert set(program(namespaces=["a", "b"]).exports["namespaces"]) == {"a", "b"}


def test_owners_may_be_written_as_stacks(program: Program, live: Live) -> None:
    live(ObservedNamespace("a", "uid-1", owner=DAY))
    settings = {"tenants": ["day-service-app/dev"], "adopt_namespace_from": "day-service-app/dev"}
    graph = program(namespaces={"a": settings})
    assert graph.exports["namespaces"]["a"]["tenants"] == [DAY]
    annotations = graph.one("Namespace").metadata["annotations"]
    assert annotations["platform.internal/previous-owner"] == DAY
    assert annotations["pulumi.com/patchForce"] == "true"


def test_only_the_namespace_that_is_taken_over_is_forced(program: Program, live: Live) -> None:
    live(ObservedNamespace("a", "uid-1", owner=DAY))
    graph = program(namespaces={"a": {"adopt_namespace_from": DAY}, "b": {}})
    forced = [item.name for item in graph.objects if "pulumi.com/patchForce" in item.metadata["annotations"]]
    assert forced == ["a-namespace"]


def test_one_namespace_that_cannot_be_owned_is_refused_in_its_own_words(program: Program, live: Live) -> None:
    live(ObservedNamespace("a", "uid-1", owner=DAY))
    message = refusal_of(program, namespaces=["a", "b"])
    assert message.startswith(f"Refused: The namespace 'a' is owned by {DAY}")
    assert f"(namespaces.a.adopt_namespace_from: {DAY})" in message
    assert "infrastructure/Pulumi.dev.yaml" in message


def test_all_namespaces_that_cannot_be_owned_are_refused_in_one_message(program: Program, live: Live) -> None:
    live(
        ObservedNamespace("a", "uid-1", owner=DAY),
        ObservedNamespace("b", "uid-2"),
        ObservedNamespace("c", "uid-3", OWNER),
    )
    message = refusal_of(program, namespaces=["a", "b", "c", "d"])
    assert message.startswith("Refused: 2 namespaces cannot be owned by service-infrastructure/dev:")
    assert f"The namespace 'a' is owned by {DAY}" in message
    assert "The namespace 'b' already exists and no stack owns it." in message
    assert "namespaces.b.adopt_namespace_from: unowned" in message
    assert "Nothing was changed." in message
    assert "'c'" not in message
    assert "'d'" not in message


def test_a_namespace_that_the_state_holds_and_the_cluster_lost_is_refused(program: Program) -> None:
    state = {"urn": {"type": "kubernetes:core/v1:Namespace", "outputs": {"metadata": {"name": "a"}}}}
    message = refusal_of(program, Graph(state=state), namespaces=["a"])
    assert "no longer exists, but is still in the state" in message
    assert "make infra-refresh ENV=dev" in message


def test_the_original_documents_one_namespace_is_exported_by_itself_too(program: Program) -> None:
    assert program(namespaces=["a", "b"], app_namespace="b").exports["app_namespace"] == "b"


def test_an_app_namespace_that_is_not_among_the_namespaces_is_refused(program: Program) -> None:
    message = refusal_of(program, namespaces=["a"], app_namespace="b")
    assert "infrastructure/Pulumi.dev.yaml has 1 invalid setting" in message
    assert "app_namespace is b, which is not among namespaces" in message


def test_a_replaced_cluster_is_refused_with_the_command_that_forgets_it(program: Program) -> None:
    state = {"root": {"type": "pulumi:pulumi:Stack", "outputs": {"cluster_identifier": "before"}}}
    message = refusal_of(program, Graph(state=state))
    assert "service-infrastructure/dev was deployed to the cluster before" in message
    assert "make infra-forget ENV=dev" in message


@pytest.mark.parametrize(
    "namespaces",
    ["a", 5, ["kube-system"], {"A": {}}, {"a": {"owner": "x"}}, {"a": []}, [["a"]], {"a": {"tenants": DAY}}],
    ids=str,
)
def test_namespaces_of_another_shape_are_refused_without_a_stack_trace(
    program: Program, namespaces: Any
) -> None:
    message = refusal_of(program, namespaces=namespaces)
    assert "infrastructure/Pulumi.dev.yaml has 1 invalid setting" in message
    assert "namespaces" in message
