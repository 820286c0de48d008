"""What a namespace's pods may use together, and what one container of them may use."""

from typing import Any

from shared.isolation.resolution import Resolved
from shared.isolation.specification import IsolationSpecification

QUOTA = "platform-quota"
"""The ResourceQuota's name."""

LIMITS = "platform-limits"
"""The LimitRange's name."""

_HARD = {
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
"""Settings by what Kubernetes calls them: https://kubernetes.io/docs/concepts/policy/resource-quotas/"""


def hard_limits(resolved: Resolved) -> dict[str, str]:
    """A quota's figures by what Kubernetes calls them."""
    return {kubernetes: str(getattr(resolved.quota, setting)) for setting, kubernetes in _HARD.items()}


def resource_quota(isolation: IsolationSpecification) -> dict[str, Any]:
    """The ResourceQuota's spec."""
    return {"hard": hard_limits(isolation.resolved)}


def limit_range(isolation: IsolationSpecification) -> dict[str, Any]:
    """The LimitRange's spec.

    Without defaults the most holds for a pod as a whole: a container that says nothing would get a container's most
    for its limit, and is to be refused.

    Source: https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/v1/defaults.go
    (SetDefaults_LimitRangeItem).
    """
    limits = isolation.resolved.limits
    most = {"cpu": limits.max_cpu, "memory": limits.max_memory}
    if not limits.defaults:
        return {"limits": [{"type": "Pod", "max": most}]}
    container = {
        "type": "Container",
        "max": most,
        "default": {"cpu": limits.default_cpu, "memory": limits.default_memory},
        "default_request": {"cpu": limits.default_cpu_request, "memory": limits.default_memory_request},
    }
    return {"limits": [container]}
