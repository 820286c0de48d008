"""The contract: what an application reads of other stacks, and how it is refused where a part is missing."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from shared.contract import Infrastructure, NamespaceRecord, read_infrastructure, read_namespaces
from shared.program import refusals
from shared.stacks import Stack
from tests.unit.shared.graph import Graph, refused, run, secret

T = TypeVar("T")

INFRASTRUCTURE = Stack("service-infrastructure", "dev")
OTHER = Stack("dusk-service-app", "dev")
OUTPUTS: dict[str, Any] = {
    "kubeconfig": secret("given"),
    "cluster_identifier": "cluster-1",
    "cluster_name": "local",
    "ingress_class": "nginx",
    "namespaces": {"shared": {"owner": INFRASTRUCTURE.owner, "uid": "uid-1", "tenants": [OTHER.owner]}},
}


def within(stacks: dict[str, Any], read: Callable[[], T]) -> T:
    """What a program reads where other stacks export this."""
    found: list[T] = []

    def program() -> None:
        with refusals():
            found.append(read())

    run(Graph(stacks=stacks), program, project="day-service-app", stack="dev", config={})
    return found[0]


def read(outputs: dict[str, Any] | None) -> Infrastructure:
    stacks = {INFRASTRUCTURE.reference: outputs or {}}
    return within(stacks, lambda: read_infrastructure(INFRASTRUCTURE))


def namespaces(outputs: dict[str, Any]) -> dict[str, NamespaceRecord]:
    return within({OTHER.reference: outputs}, lambda: read_namespaces(OTHER))


def test_an_application_reads_the_contract_and_whether_the_kubeconfig_has_a_credential() -> None:
    contract = read(OUTPUTS)
    assert contract.kubeconfig == "given"
    assert contract.cluster_identifier == "cluster-1"
    assert contract.has_credential
    assert "given" not in repr(contract)
    assert not read({**OUTPUTS, "kubeconfig": "plain"}).has_credential


def test_namespaces_are_read_as_their_owner_exports_them() -> None:
    record = NamespaceRecord(owner=INFRASTRUCTURE.owner, uid="uid-1", tenants=(OTHER.owner,))
    assert read(OUTPUTS).namespaces == {"shared": record}
    assert namespaces({"namespaces": {"dusk": {"owner": OTHER.owner}}}) == {
        "dusk": NamespaceRecord(owner=OTHER.owner)
    }
    assert namespaces({}) == namespaces({"namespaces": None}) == {}


@pytest.mark.parametrize(
    ("outputs", "named"),
    [
        ({"kubeconfig": "given"}, "cluster_identifier, cluster_name, ingress_class"),
        ({**OUTPUTS, "cluster_name": 5}, "cluster_name"),
        ({**OUTPUTS, "namespaces": {"a": {"uid": "x"}}}, "namespaces"),
    ],
    ids=["missing", "of another type", "of another shape"],
)
def test_missing_and_invalid_outputs_are_refused_by_name(outputs: dict[str, Any], named: str) -> None:
    message = refused(lambda: read(outputs))
    assert f"does not export what applications need: {named}." in message
    assert "make infra-up ENV=dev" in message
    assert "infra_stack_name" in message


@pytest.mark.parametrize("given", [["dev"], {"dev": "owner"}, {"dev": {"uid": "x"}}], ids=str)
def test_namespaces_of_another_shape_are_refused_with_the_shape_that_is_read(given: Any) -> None:
    message = refused(lambda: namespaces({"namespaces": given}))
    assert message.startswith(
        "Refused: The stack dusk-service-app/dev exports 'namespaces' in an unsupported format"
    )
    assert "name to {owner, uid, tenants, governed_by}" in message
