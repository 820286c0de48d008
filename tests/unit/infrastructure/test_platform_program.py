"""The infrastructure program: its contract, and what it refuses or says of all of its namespaces."""

import yaml

from shared.kube.observed import ObservedNamespace
from tests.unit.infrastructure.conftest import IDENTIFIER, KUBECONFIG, Live, Program, refusal_of
from tests.unit.shared.graph import Graph, is_secret, plain, refused

OWNER = "service-infrastructure.dev"
DAY = "day-service-app.dev"


def test_the_contract_is_exported_with_the_kubeconfig_as_its_only_secret(program: Program) -> None:
    graph = program()
    exports = graph.exports
    assert is_secret(graph.one("kubernetes").wire["kubeconfig"])
    assert {key for key, value in exports.items() if is_secret(value)} == {"kubeconfig"}
    assert yaml.safe_load(plain(exports["kubeconfig"])) == yaml.safe_load(KUBECONFIG)
    assert exports["cluster_identifier"] == IDENTIFIER
    assert exports["cluster_name"] == "platform"
    assert exports["ingress_class"] == "local"
    assert exports["namespaces"] == {}
    assert "app_namespace" not in exports


def test_namespaces_come_after_the_policies_that_protect_them(program: Program) -> None:
    graph = program(namespaces=["a"])
    policies = [item for item in graph.objects if item.kind.startswith("ValidatingAdmissionPolicy")]
    assert policies
    assert {item.urn for item in policies} <= set(graph.one("Namespace").depends_on)


def test_a_namespace_of_another_program_that_no_setting_names_any_more_is_not_released(
    program: Program,
) -> None:
    state = {"urn": {"type": "kubernetes:core/v1:Namespace", "outputs": {"metadata": {"name": "a"}}}}
    assert "would delete it with everything in it" in refused(lambda: program(Graph(state=state)))


def test_only_the_namespace_that_is_taken_over_is_forced(program: Program, live: Live) -> None:
    live(ObservedNamespace("a", "uid-1", owner=DAY))
    graph = program(namespaces={"a": {"adopt_namespace_from": DAY}, "b": {}})
    forced = [item.name for item in graph.objects if "pulumi.com/patchForce" in item.metadata["annotations"]]
    assert forced == ["a-namespace"]


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


def test_the_original_documents_one_namespace_is_exported_by_itself_too(program: Program) -> None:
    assert program(namespaces=["a", "b"], app_namespace="b").exports["app_namespace"] == "b"


def test_an_app_namespace_that_is_not_among_the_namespaces_is_refused(program: Program) -> None:
    message = refusal_of(program, namespaces=["a"], app_namespace="b")
    assert "app_namespace is b, which is not among namespaces" in message


def test_a_namespace_tells_the_api_server_its_tenants_and_the_hosts_of_its_settings(program: Program) -> None:
    network = {"hosts": ["www.example.com"]}
    graph = program(
        organization={"isolation": {"network": {"hosts": ["*.shared.example.com"]}}},
        namespaces={"a": {"tenants": ["x.dev", "y.dev"], "isolation": {"network": network}}, "b": {}},
    )
    told = {item.metadata["name"]: item.metadata["annotations"] for item in graph.of("Namespace")}
    assert told["a"]["platform.internal/tenants"] == "x.dev,y.dev"
    assert told["a"]["platform.internal/hosts"] == "*.shared.example.com www.example.com"
    # Always both, so that an adoption overwrites what the owner before wrote.
    assert told["b"]["platform.internal/tenants"] == ""
    assert told["b"]["platform.internal/hosts"] == "*.shared.example.com"


def test_a_namespace_left_to_its_application_has_its_labels_from_here_and_they_are_held_to_the_rules_too(
    program: Program,
) -> None:
    message = refusal_of(
        program,
        organization={"required_labels": ["team"]},
        namespaces={"a": {"governed_by": "application"}},
    )
    assert "namespaces.a.team is not set" in message
