"""What both services declare passes kube-score without a critical finding."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from operations.toolchain.tools import builds
from tests.evaluators.kube_score import Grade, score
from tests.evaluators.manifests import Manifest, declared
from tests.unit.apps.conftest import App

pytestmark = pytest.mark.timeout(1800)

VERSION = ".".join(builds()["Kubernetes"].version.split(".")[:2])


def critical(objects: list[Manifest]) -> list[str]:
    found = score(objects, kubernetes=VERSION)
    return [
        f"{item.check} of {item.object}: {item.comment}" for item in found if item.grade is Grade.CRITICAL
    ]


def test_a_service_has_no_critical_finding(app: App) -> None:
    assert critical(declared(app)) == []


def _without_network_policies(objects: list[Manifest]) -> list[Manifest]:
    return [item for item in objects if item["kind"] != "NetworkPolicy"]


def _changed(change: Callable[[Any], object]) -> Callable[[list[Manifest]], list[Manifest]]:
    def changed(objects: list[Manifest]) -> list[Manifest]:
        for item in objects:
            if item["kind"] == "Deployment":
                change(item["spec"]["template"]["spec"]["containers"][0])
        return objects

    return changed


BROKEN: dict[str, Callable[[list[Manifest]], list[Manifest]]] = {
    "pod-networkpolicy": _without_network_policies,
    "container-image-pull-policy": _changed(lambda found: found.update(imagePullPolicy="IfNotPresent")),
    "container-image-tag": _changed(lambda found: found.update(image="day-service:latest")),
    "container-resources": _changed(lambda found: found["resources"]["limits"].pop("memory")),
    "container-ephemeral-storage-request-and-limit": _changed(
        lambda found: found["resources"]["limits"].pop("ephemeral-storage")
    ),
    "container-security-context-readonlyrootfilesystem": _changed(
        lambda found: found["securityContext"].update(readOnlyRootFilesystem=False)
    ),
    "container-security-context-privileged": _changed(
        lambda found: found["securityContext"].update(privileged=True)
    ),
    "pod-probes": _changed(lambda found: found.pop("readinessProbe")),
    "pod-probes-identical": _changed(lambda found: found.update(livenessProbe=found["readinessProbe"])),
}


@pytest.mark.parametrize("check", BROKEN)
def test_what_is_wrong_is_found(check: str) -> None:
    objects = BROKEN[check](deepcopy(declared(App("day"))))
    assert [finding.split(" ", 1)[0] for finding in critical(objects)] == [check]


def test_what_kube_score_knows_nothing_of_is_no_success() -> None:
    with pytest.raises(ValueError, match="knows none"):
        score(
            [{"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}}], kubernetes=VERSION
        )
