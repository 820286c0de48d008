"""Taking an application down: its namespace stays, unless it is named, is its own and nobody else's."""

from typing import Any

import pytest

from operations.stacks import take_down as module
from operations.stacks.take_down import take_down
from shared.refusal import Refusal
from tests.unit.operations.stacks.conftest import NAMESPACE_URN, STACK, Scene, item, namespace_state

PATH = "/api/v1/namespaces/dev"
ME, OTHER = STACK.owner, "dusk-service-app.dev"
TOOLCHAIN: Any = None


@pytest.fixture
def place(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A deployed stack that owns the namespace dev, with its own Deployment in it."""
    scene.state = namespace_state()
    scene.put("dev", owner=ME)
    scene.fill("dev", "/apis/apps/v1", "deployments", item("day-service", ME))
    monkeypatch.setattr(module, "EngineStack", lambda stack, toolchain: scene)
    monkeypatch.setattr(module, "read_state", lambda engine: engine.state)
    monkeypatch.setattr(module, "cluster_api", scene.connected)
    monkeypatch.setattr(module, "stack_kubeconfig", lambda stack, toolchain: "given")
    return scene


def test_a_namespace_that_is_not_named_stays(place: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    take_down(STACK, TOOLCHAIN)
    assert place.done == [("destroy", (NAMESPACE_URN,))]
    assert PATH in place.objects


def test_those_who_live_on_in_a_kept_namespace_are_listed(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("operations.stacks.take_down.err.print", lambda text, **_: said.append(text))
    place.fill("dev", "/apis/apps/v1", "deployments", item("visitor", OTHER))
    take_down(STACK, TOOLCHAIN)
    assert f"The namespace 'dev' stays, and {ME} goes on owning it." in said
    assert f"  lives in it: Deployment/visitor ({OTHER})" in said
    assert any("DELETE_NAMESPACE=dev" in line for line in said)


def test_a_stack_without_a_namespace_of_its_own_keeps_nothing_back(place: Scene) -> None:
    place.state["deployment"]["resources"].pop()
    take_down(STACK, TOOLCHAIN)
    assert place.done == [("destroy", ())]


def test_the_isolation_of_a_namespace_outlives_its_application_whoever_owns_it(place: Scene) -> None:
    urn = "urn:pulumi:dev::day-service-app::platform:isolation:Isolation::dev"
    place.state["deployment"]["resources"].append({"type": "platform:isolation:Isolation", "urn": urn})
    take_down(STACK, TOOLCHAIN)
    del place.state["deployment"]["resources"][1]
    take_down(STACK, TOOLCHAIN)
    assert place.done == [("destroy", (NAMESPACE_URN, urn)), ("destroy", (urn,))]


def test_a_stack_that_holds_nothing_is_left_alone(place: Scene) -> None:
    place.state = {}
    take_down(STACK, TOOLCHAIN)
    assert place.done == []


def test_a_named_namespace_goes_last_by_its_uid_and_with_leave_of_the_guard(place: Scene) -> None:
    take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    annotations = {"platform.internal/allow-deletion": "uid-1"}
    leave = {"metadata": {"uid": "uid-1", "resourceVersion": "7", "annotations": annotations}}
    assert place.done == [("destroy", ()), ("merge", PATH, leave), ("delete", PATH, "uid-1")]
    assert PATH not in place.objects


@pytest.mark.parametrize(("owner", "told"), [(OTHER, OTHER), ("", "nobody")])
def test_a_namespace_of_another_owner_is_not_deleted(place: Scene, owner: str, told: str) -> None:
    place.put("dev", owner=owner)
    with pytest.raises(Refusal, match=f"is owned by {told}, so {ME} does not delete it"):
        take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert place.done == []


def test_a_namespace_in_which_others_live_is_not_deleted_and_all_of_them_are_listed(place: Scene) -> None:
    place.fill("dev", "/apis/apps/v1", "deployments", item("day-service", ME), item("a", OTHER), item("b"))
    with pytest.raises(Refusal) as caught:
        take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert caught.value.fact.splitlines()[1:] == [
        "    Deployment/b (no owner label)",
        f"    Deployment/a ({OTHER})",
    ]
    assert "Take them down or move them first" in caught.value.remedy
    assert place.done == []


def test_a_run_after_one_that_was_killed_goes_on_where_it_stopped(place: Scene) -> None:
    place.state = {}
    take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert [step[0] for step in place.done] == ["merge", "delete"]


def test_a_namespace_that_is_gone_already_does_not_keep_the_rest(place: Scene) -> None:
    del place.objects[PATH]
    take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert place.done == [("destroy", ())]


def test_a_namespace_made_again_under_the_name_is_left_alone(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroy = place.destroy

    def made_again(**arguments: Any) -> Any:
        place.put("dev", owner=OTHER, uid="uid-2")
        return destroy(**arguments)

    monkeypatch.setattr(place, "destroy", made_again)
    take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert [step[0] for step in place.done] == ["destroy"]
    assert place.objects[PATH]["metadata"]["uid"] == "uid-2"


def test_who_took_the_namespace_over_or_moved_in_while_the_application_went_keeps_it(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroy = place.destroy

    def taken_over(**arguments: Any) -> Any:
        place.put("dev", owner=OTHER)
        return destroy(**arguments)

    def moved_in(**arguments: Any) -> Any:
        place.fill("dev", "/apis/apps/v1", "deployments", item("visitor", OTHER))
        return destroy(**arguments)

    for meanwhile, told in ((taken_over, f"is owned by {OTHER}"), (moved_in, "Deployment/visitor")):
        place.put("dev", owner=ME)
        monkeypatch.setattr(place, "destroy", meanwhile)
        with pytest.raises(Refusal, match=told):
            take_down(STACK, TOOLCHAIN, delete_namespace="dev")
    assert {step[0] for step in place.done} == {"destroy"}
    assert PATH in place.objects


def test_a_namespace_that_a_rename_left_behind_goes_alone(place: Scene) -> None:
    place.put("old", owner=ME, uid="uid-of-old")
    take_down(STACK, TOOLCHAIN, delete_namespace="old")
    assert [step[0] for step in place.done] == ["merge", "delete"]
    assert place.done[-1] == ("delete", "/api/v1/namespaces/old", "uid-of-old")
    assert PATH in place.objects


def test_a_mistyped_namespace_takes_nothing_down(place: Scene) -> None:
    with pytest.raises(Refusal, match=r"no namespace 'devv'.*it holds: dev"):
        take_down(STACK, TOOLCHAIN, delete_namespace="devv")
    assert place.done == []


def test_objects_that_a_stack_still_has_in_a_namespace_it_does_not_hold_are_not_deleted_behind_its_back(
    place: Scene,
) -> None:
    place.put("old", owner=ME, uid="uid-of-old")
    workload = {"type": "kubernetes:apps/v1:Deployment", "inputs": {"metadata": {"namespace": "old"}}}
    place.state["deployment"]["resources"].append({**workload, "urn": "urn"})
    with pytest.raises(Refusal, match="has objects in the namespace 'old'"):
        take_down(STACK, TOOLCHAIN, delete_namespace="old")
    assert place.done == []
