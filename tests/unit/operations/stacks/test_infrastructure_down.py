"""The infrastructure goes only where nobody lives on the cluster any more."""

from typing import Any

import pytest

from operations.engine.runs import StackMissing
from operations.stacks import infrastructure_down as module
from operations.stacks.infrastructure_down import take_infrastructure_down
from shared.refusal import Refusal
from tests.unit.operations.stacks.conftest import STACK, Scene, item, namespace_state

TOOLCHAIN: Any = None
OWNED = "/api/v1/namespaces?labelSelector=platform.internal/owner"
SETTINGS: dict[str, Any] = {}


class _Engine:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.destroy = scene.destroy

    def outputs(self, *, show_secrets: bool) -> dict[str, Any]:
        assert show_secrets
        return self._scene.outputs


@pytest.fixture
def place(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene.outputs = {"kubeconfig": "given"}
    scene.objects[OWNED] = {"items": []}
    monkeypatch.setattr(module, "EngineStack", lambda stack, toolchain: _Engine(scene))
    monkeypatch.setattr(module, "read_state", lambda engine: scene.state)
    monkeypatch.setattr(module, "cluster_api", scene.connected)
    monkeypatch.setattr(module, "own_setting", lambda stack, name: SETTINGS.get(name))
    SETTINGS.clear()
    return scene


@pytest.fixture
def eks(place: Scene) -> Scene:
    """A stack that makes its cluster, which is no longer protected."""
    SETTINGS.update({"cluster": "eks", "eks": {"deletion_protection": False}})
    return place


def test_an_infrastructure_without_tenants_goes(place: Scene) -> None:
    take_infrastructure_down(STACK, TOOLCHAIN)
    assert place.done == [("destroy", ())]


def test_an_infrastructure_with_tenants_stays_and_all_of_them_are_listed(place: Scene) -> None:
    place.objects[OWNED] = {"items": [item("dev", "day-service-app.dev"), item("x", "dusk-service-app.dev")]}
    with pytest.raises(Refusal) as caught:
        take_infrastructure_down(STACK, TOOLCHAIN)
    assert caught.value.fact.splitlines()[1:] == [
        "    dev (day-service-app.dev)",
        "    x (dusk-service-app.dev)",
    ]
    assert "DELETE_NAMESPACE" in caught.value.remedy
    assert place.done == []


def test_an_infrastructure_that_was_never_deployed_is_left_alone(place: Scene) -> None:
    place.outputs = {}
    take_infrastructure_down(STACK, TOOLCHAIN)
    assert place.done == []


def placed(name: str, **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "dev"}, **fields}


def test_a_cluster_without_tenants_goes_with_its_stack(eks: Scene) -> None:
    take_infrastructure_down(STACK, TOOLCHAIN)
    assert eks.done == [("destroy", ())]


def test_a_cluster_with_tenants_stays_and_all_of_them_are_listed(eks: Scene) -> None:
    eks.objects[OWNED] = {"items": [item("production", "day-service-app.production")]}
    with pytest.raises(Refusal, match=r"production \(day-service-app\.production\)"):
        take_infrastructure_down(STACK, TOOLCHAIN)
    assert eks.done == []


def test_a_cluster_whose_load_balancers_would_be_left_behind_stays(eks: Scene) -> None:
    eks.objects["/apis/networking.k8s.io/v1/ingresses"] = {"items": [placed("shop")]}
    eks.objects["/api/v1/services"] = {
        "items": [placed("inner", spec={"type": "ClusterIP"}), placed("outer", spec={"type": "LoadBalancer"})]
    }
    with pytest.raises(Refusal) as caught:
        take_infrastructure_down(STACK, TOOLCHAIN)
    assert caught.value.fact.splitlines()[1:] == ["    Ingress/shop in dev", "    Service/outer in dev"]
    assert eks.done == []


def test_an_ingress_holds_no_cluster_that_somebody_else_makes(place: Scene) -> None:
    place.objects["/apis/networking.k8s.io/v1/ingresses"] = {"items": [placed("shop")]}
    take_infrastructure_down(STACK, TOOLCHAIN)
    assert place.done == [("destroy", ())]


@pytest.mark.parametrize("settings", [{}, {"deletion_protection": True}, None], ids=str)
def test_a_protected_cluster_stays_with_the_setting_that_protects_it(eks: Scene, settings: Any) -> None:
    SETTINGS["eks"] = settings
    with pytest.raises(Refusal) as caught:
        take_infrastructure_down(STACK, TOOLCHAIN)
    assert "Set eks.deletion_protection: false in Pulumi.dev.yaml" in caught.value.remedy
    assert eks.done == []


def test_a_cluster_whose_first_run_never_ended_goes_too(eks: Scene) -> None:
    """Nothing was exported, so nobody could come to live there; what was made costs money all the same."""
    eks.outputs = {}
    take_infrastructure_down(STACK, TOOLCHAIN)
    assert eks.done == [("destroy", ())]


def test_a_cluster_that_was_never_begun_is_left_alone(eks: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: Any) -> None:
        raise StackMissing(STACK)

    eks.outputs = {}
    monkeypatch.setattr(eks, "destroy", missing)
    take_infrastructure_down(STACK, TOOLCHAIN)
    assert eks.done == []


def test_a_namespace_that_would_go_with_its_stack_keeps_it(place: Scene) -> None:
    place.state = namespace_state(retained=False)
    with pytest.raises(Refusal, match=r"with everything in them: dev\."):
        take_infrastructure_down(STACK, TOOLCHAIN)
    assert place.done == []
    place.state = namespace_state(retained=True)
    take_infrastructure_down(STACK, TOOLCHAIN)
    assert place.done == [("destroy", ())]
