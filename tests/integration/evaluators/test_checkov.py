"""What both services declare passes checkov's Kubernetes checks, but for those that are justified here."""

from pathlib import Path
from typing import Any

import pytest

from tests.evaluators.checkov import check
from tests.evaluators.manifests import Manifest, declared, write
from tests.integration.evaluators.conftest import APPS
from tests.unit.apps.conftest import App

pytestmark = pytest.mark.timeout(900)

JUSTIFIED = {
    "CKV_K8S_43": "The image is the application's setting; a moved tag is met by pulling it at each start.",
}
"""Checks that fail, and why they may."""

BROKEN = {
    "CKV_K8S_8": "liveness probe",
    "CKV_K8S_11": "CPU limit",
    "CKV_K8S_13": "memory limit",
    "CKV_K8S_15": "image pull policy",
    "CKV_K8S_16": "privileged",
    "CKV_K8S_19": "host network",
    "CKV_K8S_38": "service account token",
    "CKV2_K8S_6": "no network policy",
}


def _broken(objects: list[Manifest]) -> list[Manifest]:
    kept = [item for item in objects if item["kind"] != "NetworkPolicy"]
    (deployment,) = (item for item in kept if item["kind"] == "Deployment")
    pods: dict[str, Any] = deployment["spec"]["template"]["spec"]
    pods["hostNetwork"] = True
    pods["automountServiceAccountToken"] = True
    container = pods["containers"][0]
    container["imagePullPolicy"] = "IfNotPresent"
    container["securityContext"]["privileged"] = True
    del container["livenessProbe"], container["resources"]["limits"]
    return kept


def test_nothing_fails_that_is_not_justified(tmp_path: Path) -> None:
    """One run over all services and environments: checkov takes seconds to start."""
    for app in APPS:
        write(declared(app), tmp_path / f"{app.service}-{app.environment}.yaml")
    report = check(tmp_path)
    assert [item for item in report.failed if item.check_id not in JUSTIFIED] == []
    assert {(item.check_id, item.file) for item in report.failed} == {
        (identifier, f"{app.service}-{app.environment}.yaml") for identifier in JUSTIFIED for app in APPS
    }
    assert len(report.passed) > 50


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    write(_broken(declared(App("day"))), tmp_path / "broken.yaml")
    assert {item.check_id for item in check(tmp_path).failed} >= set(BROKEN)


def test_nothing_to_check_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("kind: [\n")
    with pytest.raises(ValueError, match="checkov"):
        check(tmp_path)
