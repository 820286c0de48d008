"""What a stack's own state has: read from its checkpoint, found under whatever URN it has."""

import contextlib
from typing import Any

import pytest

from shared.stacks import Stack
from shared.state import State, StateObject, exported_state, own_state
from tests.unit.shared.graph import EngineError, Graph, run

HERE = Stack("day-service-app", "dev")
PREFIX = "urn:pulumi:dev::day-service-app::"
ORIGINAL = f"{PREFIX}kubernetes:apps/v1:Deployment::day-deployment"
OURS = f"{PREFIX}platform:service:WebService$kubernetes:apps/v1:Deployment::day-service"


def read(state: dict[str, Any]) -> State:
    return reading(Graph(state=state))


def reading(engine: Graph) -> State:
    found: list[State] = []
    run(engine, lambda: found.append(own_state(HERE)), project=HERE.project, stack="dev", config={})
    return found[0]


def resource(kind: str, metadata: Any, **outputs: Any) -> dict[str, Any]:
    return {"type": kind, "outputs": {"metadata": metadata, **outputs}}


def test_the_engines_export_is_read_as_the_same_objects() -> None:
    metadata = {"name": "dev", "uid": "uid-1", "labels": {"platform.internal/owner": HERE.owner}}
    namespace = {
        "urn": "urn",
        "type": "kubernetes:core/v1:Namespace",
        "inputs": {"metadata": {"name": "dev", "labels": metadata["labels"]}},
        "outputs": {"metadata": metadata},
        "protect": True,
        "retainOnDelete": True,
    }
    provider = {
        "urn": "p",
        "type": "pulumi:providers:kubernetes",
        "inputs": {"clusterIdentifier": "cluster-1"},
    }
    pending = {**namespace, "urn": "other", "delete": True}
    state = exported_state({"deployment": {"resources": [provider, namespace, pending]}})
    (found,) = state.namespaces
    assert (found.name, found.uid, found.owner, found.protected) == ("dev", "uid-1", HERE.owner, True)
    assert found.is_retained_by(HERE)
    assert (state.cluster, state.urns) == ("cluster-1", ("p", "urn"))
    assert exported_state({}) == State()


def test_an_object_is_read_with_its_identity_and_its_owner() -> None:
    metadata = {
        "name": "dev",
        "uid": "uid-1",
        "labels": {"platform.internal/owner": "day-service-app.dev"},
        "annotations": {"platform.internal/previous-owner": "service-infrastructure.dev"},
    }
    given = {"metadata": {"labels": {"app": "day"}, "annotations": {"a": "b"}}}
    state = read(
        {"urn": resource("kubernetes:core/v1:Namespace", metadata, __fieldManager="day", __inputs=given)}
    )
    assert state.namespace("dev") == StateObject(
        urn="urn",
        type="kubernetes:core/v1:Namespace",
        name="dev",
        uid="uid-1",
        owner="day-service-app.dev",
        previous_owner="service-infrastructure.dev",
        field_manager="day",
        declared=given,
    )
    bare = {"name": "dev", "labels": None, "annotations": None}
    found = read({"urn": resource("kubernetes:core/v1:Namespace", bare)}).namespace("dev")
    assert found == StateObject("urn", "kubernetes:core/v1:Namespace", "dev")


def test_the_engines_own_resources_and_those_without_metadata_are_no_objects() -> None:
    state = read(
        {
            "a": resource("pulumi:providers:kubernetes", {"name": "x"}),
            "b": {"type": "kubernetes:yaml/v2:ConfigGroup", "outputs": {}},
            "c": {"type": "kubernetes:core/v1:Secret"},
            "d": {"type": "aws:s3:Bucket", "outputs": {"metadata": {"name": "x"}}},
        }
    )
    assert state.objects == ()


def test_the_last_exports_are_read() -> None:
    state = read({"root": {"type": "pulumi:pulumi:Stack", "outputs": {"cluster_identifier": "cluster-1"}}})
    assert state.outputs == {"cluster_identifier": "cluster-1"}
    assert read({"root": {"type": "pulumi:pulumi:Stack"}}).outputs == {}
    assert read({}) == State()


@pytest.mark.parametrize("urn", [ORIGINAL, OURS, f"{PREFIX}other:Component$kubernetes:apps/v1:Deployment::x"])
def test_an_object_is_found_under_whatever_urn_it_has_and_no_other_is_taken_for_it(urn: str) -> None:
    metadata = {"name": "day-service", "namespace": "dev"}
    state = read({urn: resource("kubernetes:apps/v1:Deployment", metadata)})
    found = state.find("apps:Deployment", "day-service", "dev")
    assert found is not None
    assert found.urn == urn
    assert state.find("apps:StatefulSet", "day-service", "dev") is None
    assert state.find("apps:Deployment", "dusk-service", "dev") is None
    assert state.find("apps:Deployment", "day-service", "other") is None


class Busy(Graph):
    """An engine that cannot read the state a few times."""

    def __init__(self, details: str, times: int) -> None:
        super().__init__()
        self.details, self.times, self.asked = details, times, 0

    def call(self, args: Any) -> Any:
        """Answer at the last try alone."""
        self.asked += 1
        if self.asked <= self.times:
            raise EngineError(self.details)
        return super().call(args)


@pytest.mark.parametrize(
    ("details", "times", "requests"),
    [
        ("failed to load checkpoint: unexpected end of JSON input", 3, 4),
        ("failed to load checkpoint", 100, 10),
        ("something else", 100, 1),
    ],
)
def test_a_state_that_is_being_written_is_read_again(
    monkeypatch: pytest.MonkeyPatch, details: str, times: int, requests: int
) -> None:
    monkeypatch.setattr("shared.state._PAUSE_SECONDS", 0)
    engine = Busy(details, times)
    with pytest.raises(Exception, match=details) if times > 10 else contextlib.nullcontext():
        assert reading(engine) == State()
    assert engine.asked == requests
