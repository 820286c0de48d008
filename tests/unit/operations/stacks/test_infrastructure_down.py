"""The infrastructure goes only where nobody lives on the cluster any more."""

from typing import Any

import pytest

from operations.stacks import infrastructure_down as module
from operations.stacks.infrastructure_down import take_infrastructure_down
from shared.refusal import Refusal
from tests.unit.operations.stacks.conftest import STACK, Scene, item

TOOLCHAIN: Any = None
OWNED = "/api/v1/namespaces?labelSelector=platform.internal/owner"


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
    monkeypatch.setattr(module, "cluster_api", scene.connected)
    return scene


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
