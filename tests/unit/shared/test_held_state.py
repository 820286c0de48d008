"""What a stack's own state holds: read from its checkpoint, found under whatever URN it has."""

from typing import Any

import grpc
import pytest

from shared.held import Applied, HeldObject, HeldState, held_by
from shared.stack_name import StackName
from tests.unit.shared.graph import Graph, run

HERE = StackName("organization", "day-service-app", "dev")
PREFIX = "urn:pulumi:dev::day-service-app::"
SEED = f"{PREFIX}kubernetes:apps/v1:Deployment::day-deployment"
OURS = f"{PREFIX}platform:service:WebService$kubernetes:apps/v1:Deployment::day-service"


def read(state: dict[str, Any]) -> HeldState:
    found: list[HeldState] = []
    run(Graph(state=state), lambda: found.append(held_by(HERE)), project=HERE.project, stack="dev", config={})
    return found[0]


def resource(kind: str, metadata: Any, **outputs: Any) -> dict[str, Any]:
    return {"type": kind, "outputs": {"metadata": metadata, **outputs}}


def test_a_first_run_holds_nothing() -> None:
    assert read({}) == HeldState()


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
    assert state.namespace("dev") == HeldObject(
        urn="urn",
        type="kubernetes:core/v1:Namespace",
        name="dev",
        uid="uid-1",
        owner="day-service-app.dev",
        previous_owner="service-infrastructure.dev",
        field_manager="day",
        applied=Applied({"app": "day"}, {"a": "b"}),
    )


@pytest.mark.parametrize("empty", [None, {}])
def test_an_object_without_labels_or_annotations_has_no_owner(empty: Any) -> None:
    metadata = {"name": "dev", "labels": empty, "annotations": empty}
    held = read({"urn": resource("kubernetes:core/v1:Namespace", metadata)}).namespace("dev")
    assert held == HeldObject("urn", "kubernetes:core/v1:Namespace", "dev")


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


@pytest.mark.parametrize("urn", [SEED, OURS, f"{PREFIX}other:Component$kubernetes:apps/v1:Deployment::x"])
def test_an_object_is_found_under_whatever_urn_it_has(urn: str) -> None:
    metadata = {"name": "day-service", "namespace": "dev"}
    state = read({urn: resource("kubernetes:apps/v1:Deployment", metadata)})
    found = state.find("apps:Deployment", "day-service", "dev")
    assert found is not None
    assert found.urn == urn


@pytest.mark.parametrize(
    ("kind", "name", "namespace"),
    [
        ("core:Deployment", "day-service", "dev"),
        ("apps:StatefulSet", "day-service", "dev"),
        ("apps:Deployment", "dusk-service", "dev"),
        ("apps:Deployment", "day-service", "other"),
        ("apps:Deployment", "day-service", ""),
    ],
)
def test_another_object_is_not_taken_for_it(kind: str, name: str, namespace: str) -> None:
    state = HeldState((HeldObject(SEED, "kubernetes:apps/v1:Deployment", "day-service", "dev"),))
    assert state.find(kind, name, namespace) is None


def test_a_kind_stays_when_its_version_changes() -> None:
    older = HeldObject("urn", "kubernetes:networking.k8s.io/v1beta1:Ingress", "day-service", "dev")
    assert older.kind == "networking.k8s.io:Ingress"


def test_an_object_knows_whether_it_is_called_so_already() -> None:
    ours = HeldObject(OURS, "kubernetes:apps/v1:Deployment", "day-service", "dev")
    seed = HeldObject(SEED, "kubernetes:apps/v1:Deployment", "day-service", "dev")
    assert ours.is_called("platform:service:WebService$", "day-service")
    assert not ours.is_called("platform:service:WebService$", "day")
    assert not ours.is_called("", "day-service")
    assert not seed.is_called("platform:service:WebService$", "day-deployment")
    assert seed.is_called("", "day-deployment")


class Unreadable(grpc.RpcError):  # type: ignore[misc]
    """The engine's answer where it cannot read a state."""

    def __init__(self, details: str) -> None:
        super().__init__(details)
        self._details = details

    def code(self) -> grpc.StatusCode:
        """The answer's status."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """The engine's words."""
        return self._details


class Busy(Graph):
    """An engine that cannot read the state a few times."""

    def __init__(self, details: str, times: int) -> None:
        super().__init__()
        self.details, self.times, self.asked = details, times, 0

    def call(self, args: Any) -> Any:
        """Answer at the last try alone."""
        self.asked += 1
        if self.asked <= self.times:
            raise Unreadable(self.details)
        return super().call(args)


def reading(engine: Busy) -> HeldState:
    found: list[HeldState] = []
    run(engine, lambda: found.append(held_by(HERE)), project=HERE.project, stack="dev", config={})
    return found[0]


def test_a_state_that_is_being_written_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.held._PAUSE_SECONDS", 0)
    engine = Busy("failed to load checkpoint: unexpected end of JSON input", times=3)
    assert reading(engine) == HeldState()
    assert engine.asked == 4


@pytest.mark.parametrize(("details", "asked"), [("failed to load checkpoint", 10), ("something else", 1)])
def test_a_state_that_cannot_be_read_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, details: str, asked: int
) -> None:
    monkeypatch.setattr("shared.held._PAUSE_SECONDS", 0)
    engine = Busy(details, times=100)
    with pytest.raises(Exception, match=details):
        reading(engine)
    assert engine.asked == asked
