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
    leave = {"metadata": {"uid": "uid-1", "annotations": {"platform.internal/allow-deletion": "uid-1"}}}
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
    assert ("delete", PATH, "uid-1") in place.done
    assert place.objects[PATH]["metadata"]["uid"] == "uid-2"
