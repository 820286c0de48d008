"""How much of its quotas a namespace uses, as the quota controller counts it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class QuotaFacts:
    """One resource that a ResourceQuota limits.

    Args:
        quota: the ResourceQuota's name.
        resource: such as `pods` or `requests.cpu`.
        used: what is used of it, as Kubernetes writes quantities.
        hard: what may be used.
    """

    quota: str
    resource: str
    used: str
    hard: str


def quotas(items: Iterable[Mapping[str, Any]]) -> dict[str, tuple[QuotaFacts, ...]]:
    """Read ResourceQuotas.

    Args:
        items: the objects, as the API server writes them.

    Returns:
        What they limit, by namespace and in the order of their names and resources.
    """
    found: dict[str, list[QuotaFacts]] = {}
    for item in items:
        name, status = item["metadata"]["name"], item.get("status") or {}
        limits = status.get("hard") or (item.get("spec") or {}).get("hard") or {}
        used = status.get("used") or {}
        found.setdefault(item["metadata"]["namespace"], []).extend(
            QuotaFacts(name, resource, str(used.get(resource, "0")), str(hard))
            for resource, hard in sorted(limits.items())
        )
    return {namespace: tuple(limits) for namespace, limits in found.items()}
