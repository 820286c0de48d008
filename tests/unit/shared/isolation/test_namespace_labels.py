"""The labels of a namespace: always the same ones, whatever its settings."""

from typing import Any

import pytest

from shared.isolation.objects import ENFORCE, namespace_labels
from tests.unit.shared.isolation.resolved import resolved

SECURITY = {"enforce": "baseline", "audit": "restricted", "warn": "privileged", "version": "v1.31"}


@pytest.mark.parametrize(
    "settings",
    [{"team": "backend"}, {"profile": "large", "cost_center": "42"}, {"governed_by": "application"}],
    ids=str,
)
def test_a_namespace_has_the_same_labels_whatever_its_settings(settings: dict[str, Any]) -> None:
    """A label that came and went by a setting would stay on the live object."""
    assert namespace_labels(resolved(**settings)).keys() == namespace_labels(resolved()).keys()


def test_a_namespace_is_restricted_and_has_a_size_by_default() -> None:
    found = namespace_labels(resolved())
    assert found["platform.internal/profile"] == "medium"
    assert (found["platform.internal/team"], found["platform.internal/cost-center"]) == ("", "")
    assert (found[ENFORCE], found[f"{ENFORCE}-version"]) == ("restricted", "latest")


def test_each_mode_of_pod_security_has_its_own_level() -> None:
    found = namespace_labels(resolved(isolation={"pod_security": SECURITY}))
    for mode in ("enforce", "audit", "warn"):
        assert found[f"pod-security.kubernetes.io/{mode}"] == SECURITY[mode]
        assert found[f"pod-security.kubernetes.io/{mode}-version"] == "v1.31"
