"""The engine's events: steps as people name them, and messages."""

from typing import Any

import pytest

from operations.engine.events import step_of

URN = "urn:pulumi:dev::day-service-app::platform:service:WebService$kubernetes:apps/v1:Deployment::day"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def metadata(**changed: Any) -> dict[str, Any]:
    inputs = {"metadata": {"name": "day-service", "namespace": "dev"}}
    return {
        "op": "update",
        "urn": URN,
        "type": "kubernetes:apps/v1:Deployment",
        "old": {"inputs": inputs},
        "new": {"inputs": inputs},
        **changed,
    }


def root(old: Any, new: Any, operation: str = "same") -> dict[str, Any]:
    return {
        "op": operation,
        "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
        "type": "pulumi:pulumi:Stack",
        "old": old,
        "new": new,
    }


def test_a_step_is_named_as_the_cluster_names_the_object() -> None:
    step = step_of(metadata())
    assert (step.kind, step.name, step.namespace) == ("Deployment", "day-service", "dev")
    assert step.title == "Deployment/day-service"


@pytest.mark.parametrize("inputs", [None, {}, {"metadata": None}, {"metadata": {}}])
def test_an_object_without_a_name_is_called_by_its_logical_one(inputs: Any) -> None:
    step = step_of(metadata(new={"inputs": inputs}))
    assert (step.name, step.namespace) == ("day", "")


@pytest.mark.parametrize("retained", [True, False, None])
def test_a_drop_tells_whether_the_object_stays(retained: bool | None) -> None:
    old: dict[str, Any] = {"inputs": {}, "retainOnDelete": retained}
    assert step_of(metadata(op="delete", old=old, new=None)).retained is bool(retained)


def test_only_the_states_word_counts_for_what_stays() -> None:
    """A program that says retain now does not change how the engine deletes what the state does not retain."""
    assert not step_of(metadata(new={"inputs": {}, "retainOnDelete": True})).retained


def test_a_step_tells_what_changes() -> None:
    assert step_of(metadata(detailedDiff={"spec.template": {}}, diffs=["spec"])).changed == ("spec.template",)
    assert step_of(metadata(diffs=["spec"])).changed == ("spec",)
    assert step_of(metadata(detailedDiff=None, diffs=None)).changed == ()


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ({"outputs": {"a": 1}}, {"outputs": {"a": 2}}, ("outputs",)),
        ({"outputs": {"a": 1}}, {"outputs": {"a": 1}}, ()),
        ({"outputs": {}}, {"outputs": {"a": SECRET}}, ("outputs",)),
        ({"outputs": {"a": SECRET}}, {"outputs": {"a": SECRET}}, ()),
        (None, {"outputs": {"a": 1}}, ("outputs",)),
    ],
)
def test_changed_exports_are_a_change_of_the_stack(old: Any, new: Any, changed: tuple[str, ...]) -> None:
    step = step_of(root(old, new))
    assert (step.changed, step.is_change) == (changed, bool(changed))


@pytest.mark.parametrize("option", ["protect", "retainOnDelete"])
@pytest.mark.parametrize(("old", "new"), [(True, False), (None, True)])
def test_how_a_stack_keeps_an_object_is_a_change_where_nothing_else_is(
    option: str, old: bool | None, new: bool
) -> None:
    step = step_of(metadata(op="same", old={"inputs": {}, option: old}, new={"inputs": {}, option: new}))
    assert (step.operation, step.changed, step.is_change) == ("update", (option,), True)


@pytest.mark.parametrize(("old", "new"), [(None, False), (False, None), (True, True)])
def test_what_is_kept_as_before_is_the_same(old: bool | None, new: bool | None) -> None:
    step = step_of(
        metadata(op="same", old={"inputs": {}, "protect": old}, new={"inputs": {}, "protect": new})
    )
    assert (step.operation, step.changed, step.is_change) == ("same", (), False)
