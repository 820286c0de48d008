"""What lives in a namespace: what somebody put there, and nothing that the control plane made."""

import pytest

from operations.stacks.contents import LiveObject, contents
from tests.unit.operations.stacks.conftest import Scene, item

DAY = "day-service-app.dev"


def listed(scene: Scene) -> list[str]:
    return [str(found) for found in contents(scene, "dev")]  # type: ignore[arg-type]


def test_what_somebody_put_there_is_listed_with_whose_it_is(scene: Scene) -> None:
    scene.fill("dev", "/apis/apps/v1", "deployments", item("day-service", DAY), item("visitor"))
    assert listed(scene) == ["Deployment/visitor (no owner label)", f"Deployment/day-service ({DAY})"]


def test_what_belongs_to_another_object_is_not_listed(scene: Scene) -> None:
    scene.fill("dev", "/api/v1", "pods", item("day-service-x", belongs=True), item("bare"))
    assert listed(scene) == ["Pod/bare (no owner label)"]


def test_what_the_control_plane_makes_is_not_listed(scene: Scene) -> None:
    scene.fill("dev", "/api/v1", "configmaps", item("kube-root-ca.crt"), item("settings"))
    scene.fill("dev", "/api/v1", "serviceaccounts", item("default"), item("robot"))
    assert listed(scene) == ["ConfigMap/settings (no owner label)", "ServiceAccount/robot (no owner label)"]


def test_a_name_that_is_only_like_the_control_planes_is_listed(scene: Scene) -> None:
    scene.fill("dev", "/api/v1", "configmaps", item("default"))
    scene.fill("dev", "/api/v1", "serviceaccounts", item("kube-root-ca.crt"))
    assert len(listed(scene)) == 2


@pytest.mark.parametrize(
    ("root", "resource"),
    [
        ("/api/v1", "events"),
        ("/api/v1", "bindings"),
        ("/api/v1", "namespaces"),
        ("/api/v1", "pods/log"),
        ("/apis/metrics.k8s.io/v1", "pods"),
    ],
)
def test_what_passes_or_cannot_be_listed_is_not_asked_for(scene: Scene, root: str, resource: str) -> None:
    scene.fill("dev", root, resource, item("x"))
    assert listed(scene) == []


def test_another_namespaces_objects_are_its_own(scene: Scene) -> None:
    scene.fill("other", "/apis/apps/v1", "deployments", item("day-service", DAY))
    assert listed(scene) == []


def test_objects_are_told_by_kind_name_and_owner() -> None:
    assert str(LiveObject("Deployment", "day-service", DAY)) == f"Deployment/day-service ({DAY})"
