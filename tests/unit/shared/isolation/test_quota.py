"""The quota names every figure, and the limit range refuses what says nothing where defaults are off."""

from typing import Any

import pytest

from shared.isolation.profiles import LIMITS, QUOTAS
from shared.isolation.quota import hard_limits, limit_range, resource_quota
from shared.settings.isolation import Profile, QuotaSettings
from tests.unit.shared.isolation.specifications import specification

HARD = {
    "requests_cpu": "requests.cpu",
    "requests_memory": "requests.memory",
    "limits_cpu": "limits.cpu",
    "limits_memory": "limits.memory",
    "requests_storage": "requests.storage",
    "pods": "pods",
    "services": "services",
    "load_balancers": "services.loadbalancers",
    "node_ports": "services.nodeports",
    "persistent_volume_claims": "persistentvolumeclaims",
    "config_maps": "configmaps",
    "secrets": "secrets",
}
"""https://kubernetes.io/docs/concepts/policy/resource-quotas/"""


def limited(**limits: Any) -> list[dict[str, Any]]:
    spec = limit_range(specification(isolation={"limits": limits}))
    assert set(spec) == {"limits"}
    found: list[dict[str, Any]] = spec["limits"]
    return found


@pytest.mark.parametrize("profile", Profile)
def test_a_quota_has_every_figure_by_kubernetes_own_name(profile: Profile) -> None:
    assert set(HARD) == set(QuotaSettings.model_fields)
    expected = {HARD[name]: str(value) for name, value in QUOTAS[profile].model_dump().items()}
    isolation = specification(profile=profile)
    assert hard_limits(isolation.resolved) == expected
    assert resource_quota(isolation) == {"hard": expected}


@pytest.mark.parametrize("name", HARD)
def test_each_figure_of_a_quota_is_its_own_setting(name: str) -> None:
    spec = resource_quota(specification(isolation={"quota": {name: 7}}))
    assert [key for key, value in spec["hard"].items() if value == "7"] == [HARD[name]]


@pytest.mark.parametrize("profile", Profile)
def test_a_container_that_says_nothing_gets_the_defaults(profile: Profile) -> None:
    most = LIMITS[profile]
    assert limit_range(specification(profile=profile)) == {
        "limits": [
            {
                "type": "Container",
                "max": {"cpu": most.max_cpu, "memory": most.max_memory},
                "default": {"cpu": "500m", "memory": "512Mi"},
                "default_request": {"cpu": "100m", "memory": "128Mi"},
            }
        ]
    }


def test_figures_of_the_limit_range_are_settings() -> None:
    (container,) = limited(
        max_cpu="9",
        max_memory="9Gi",
        default_cpu="8",
        default_memory="8Gi",
        default_cpu_request="7",
        default_memory_request="7Gi",
    )
    assert container == {
        "type": "Container",
        "max": {"cpu": "9", "memory": "9Gi"},
        "default": {"cpu": "8", "memory": "8Gi"},
        "default_request": {"cpu": "7", "memory": "7Gi"},
    }


def test_without_defaults_no_figure_is_one_that_kubernetes_takes_for_a_containers_default() -> None:
    """A container's `max` without `default` becomes its default, so the most is the whole pod's then."""
    assert limited(defaults=False, max_cpu="3") == [{"type": "Pod", "max": {"cpu": "3", "memory": "8Gi"}}]
