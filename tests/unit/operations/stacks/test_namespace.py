"""What is in a namespace: what users put there, and nothing that the control plane creates."""

from typing import Any

import pytest

from operations.stacks.namespace import contents
from tests.unit.operations.stacks.conftest import STACK, Scene, item

DAY = STACK.owner


def listed(scene: Scene) -> list[str]:
    return [str(found) for found in contents(scene, "dev")[0]]  # type: ignore[arg-type]


def test_what_users_put_there_is_listed_with_its_owner(scene: Scene) -> None:
    scene.fill("dev", "/apis/apps/v1", "deployments", item("day-service", DAY), item("visitor"))
    scene.fill("other", "/apis/apps/v1", "deployments", item("elsewhere", DAY))
    assert listed(scene) == ["Deployment/visitor (no owner label)", f"Deployment/day-service ({DAY})"]


def test_what_belongs_to_another_object_or_the_control_plane_is_not_listed(scene: Scene) -> None:
    scene.fill("dev", "/api/v1", "pods", item("day-service-x", belongs=True), item("bare"))
    scene.fill("dev", "/api/v1", "configmaps", item("kube-root-ca.crt"), item("default"))
    scene.fill("dev", "/api/v1", "serviceaccounts", item("default"), item("kube-root-ca.crt"))
    assert listed(scene) == [
        "ConfigMap/default (no owner label)",
        "Pod/bare (no owner label)",
        "ServiceAccount/kube-root-ca.crt (no owner label)",
    ]


def test_what_a_controller_created_for_an_object_is_its_owners_and_passes_with_it(scene: Scene) -> None:
    def binding(name: str, ingress: str) -> dict[str, Any]:
        created = item(name)
        of = {"ingress.k8s.aws/stack-namespace": "dev", "ingress.k8s.aws/stack-name": ingress}
        created["metadata"]["labels"] = of
        return created

    scene.fill("dev", "/apis/networking.k8s.io/v1", "ingresses", item("day-service", DAY))
    bindings = binding("k8s-dev", "day-service"), binding("k8s-left", "gone"), item("by-hand")
    scene.fill("dev", "/apis/elbv2.k8s.aws/v1beta1", "targetgroupbindings", *bindings)
    assert listed(scene) == [
        "TargetGroupBinding/by-hand (no owner label)",
        f"Ingress/day-service ({DAY})",
        f"TargetGroupBinding/k8s-dev ({DAY})",
    ]


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
