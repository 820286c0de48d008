"""A stack's exported state: its resources, its namespaces, and what it exports."""

from typing import Any

import pytest

from operations.stacks.state import StateNamespace, namespaces, outputs, resources
from tests.unit.operations.stacks.conftest import NAMESPACE_URN, namespace_state


@pytest.mark.parametrize(
    "state", [{}, {"deployment": None}, {"deployment": {}}, {"deployment": {"resources": None}}]
)
def test_a_stack_that_was_never_deployed_holds_nothing(state: dict[str, Any]) -> None:
    assert resources(state) == []
    assert namespaces(state) == []
    assert outputs(state) == {}


@pytest.mark.parametrize("retained", [True, False])
def test_a_namespace_is_read_with_whether_it_stays(retained: bool) -> None:
    state = namespace_state(retained=retained)
    assert namespaces(state) == [StateNamespace("dev", NAMESPACE_URN, retained)]


def test_a_namespace_that_is_only_read_is_none_of_the_stacks() -> None:
    state = namespace_state()
    state["deployment"]["resources"][1]["external"] = True
    assert namespaces(state) == []


def test_another_kind_is_no_namespace() -> None:
    state = namespace_state()
    state["deployment"]["resources"][1]["type"] = "kubernetes:core/v1:ConfigMap"
    assert namespaces(state) == []


def test_a_state_from_before_the_rules_is_not_retained() -> None:
    state = namespace_state()
    del state["deployment"]["resources"][1]["retainOnDelete"]
    assert not namespaces(state)[0].retained


def test_exports_are_the_root_resources_outputs() -> None:
    assert outputs(namespace_state()) == {"namespace": "dev"}
