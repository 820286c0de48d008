"""The contract: what an application reads of other stacks, and how it is refused where a part is missing."""

from typing import Any

import pulumi
import pytest

from shared.contract import Contract, NamespaceRecord, read_contract
from shared.stack_name import StackName
from tests.unit.shared.graph import Graph, is_secret, refused, run, secret

INFRASTRUCTURE = StackName("organization", "service-infrastructure", "dev")
OTHER = StackName("organization", "dusk-service-app", "dev")
OUTPUTS: dict[str, Any] = {
    "kubeconfig": secret("given"),
    "cluster_identifier": "cluster-1",
    "cluster_name": "local",
    "ingress_class": "nginx",
    "namespaces": {"shared": {"owner": INFRASTRUCTURE.owner, "uid": "uid-1", "tenants": [OTHER.owner]}},
}


def read(
    outputs: dict[str, Any] | None, source: StackName | None = None, source_outputs: Any = None
) -> tuple[Contract, bool]:
    """What is read, and whether it is secret."""
    graph = Graph(
        stacks={
            INFRASTRUCTURE.reference: outputs or {},
            **({OTHER.reference: source_outputs} if source == OTHER else {}),
        }
    )
    found: list[Contract] = []

    def program() -> None:
        contract = read_contract(INFRASTRUCTURE, source)
        contract.apply(found.append)
        pulumi.export("contract", contract.apply(lambda known: known.infrastructure.kubeconfig))

    run(graph, program, project="day-service-app", stack="dev", config={})
    return found[0], is_secret(graph.exports["contract"])


def test_an_application_reads_the_contract_and_the_kubeconfig_stays_secret() -> None:
    contract, secretly = read(OUTPUTS)
    assert contract.infrastructure.kubeconfig == "given"
    assert contract.infrastructure.cluster_identifier == "cluster-1"
    assert contract.namespaces == {}
    assert secretly


def test_on_eks_nothing_of_the_contract_is_secret() -> None:
    contract, secretly = read({**OUTPUTS, "kubeconfig": "plain"})
    assert contract.infrastructure.kubeconfig == "plain"
    assert not secretly


def test_a_kubeconfig_is_never_shown_by_accident() -> None:
    contract, _ = read(OUTPUTS)
    assert "given" not in repr(contract)


def test_namespaces_are_read_from_the_infrastructure_stack_or_another() -> None:
    record = NamespaceRecord(owner=INFRASTRUCTURE.owner, uid="uid-1", tenants=(OTHER.owner,))
    assert read(OUTPUTS, INFRASTRUCTURE)[0].namespaces == {"shared": record}
    theirs = {"namespaces": {"dusk": {"owner": OTHER.owner}}}
    assert read(OUTPUTS, OTHER, theirs)[0].namespaces == {"dusk": NamespaceRecord(owner=OTHER.owner)}


@pytest.mark.parametrize("theirs", [{}, {"namespaces": {}}, {"namespaces": None}])
def test_a_source_that_owns_none_has_no_namespaces(theirs: dict[str, Any]) -> None:
    assert read(OUTPUTS, OTHER, theirs)[0].namespaces == {}


def test_a_stack_that_was_never_deployed_is_refused_with_the_command_that_deploys_it() -> None:
    message = refused(lambda: read(None))
    assert message.startswith("Refused: The stack service-infrastructure/dev exports nothing")
    assert "make infra-up ENV=dev" in message


@pytest.mark.parametrize("missing", ["kubeconfig", "cluster_identifier", "cluster_name", "ingress_class"])
def test_a_missing_output_is_refused_by_name(missing: str) -> None:
    outputs = {key: value for key, value in OUTPUTS.items() if key != missing}
    message = refused(lambda: read(outputs))
    assert message.startswith("Refused: ")
    assert f"does not export what applications need: {missing}." in message
    assert "make infra-up ENV=dev" in message
    assert "infra_stack_name" in message


def test_all_missing_outputs_are_named_at_once() -> None:
    message = refused(lambda: read({"kubeconfig": "given"}))
    assert "cluster_identifier, cluster_name, ingress_class." in message


@pytest.mark.parametrize(
    "wrong",
    [{"namespaces": [1]}, {"namespaces": {"a": {"uid": "x"}}}, {"cluster_name": 5}],
    ids=str,
)
def test_an_output_of_another_shape_is_refused_by_name(wrong: dict[str, Any]) -> None:
    message = refused(lambda: read({**OUTPUTS, **wrong}))
    assert f"applications need: {next(iter(wrong))}." in message


def test_a_kubeconfig_that_the_passphrase_does_not_open_is_told_as_that() -> None:
    message = refused(lambda: read({**OUTPUTS, "kubeconfig": {"ciphertext": "v1:abc"}}))
    assert "as a secret, and the passphrase at hand does not open it" in message
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in message
    assert "KMS" in message


@pytest.mark.parametrize("namespaces", [["dev"], "dev", {"dev": "owner"}, {"dev": {"uid": "x"}}, 5], ids=str)
def test_namespaces_of_another_shape_are_refused_with_the_shape_that_is_read(namespaces: Any) -> None:
    message = refused(lambda: read(OUTPUTS, OTHER, {"namespaces": namespaces}))
    assert message.startswith("Refused: The stack dusk-service-app/dev exports 'namespaces' in a form")
    assert "name to {owner, uid, tenants, governed_by}" in message
