"""A namespace's isolation as the API server has it: who governs it, what may be used, and how much of it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.cluster.api import ClusterApi, Json
from shared.isolation.quota import LIMITS, QUOTA
from shared.labels import OWNER, PREVIOUS_OWNER

_FEW = 3
"""Up to as many namespaces are asked for one by one; for more, one list of the whole cluster is quicker."""


@dataclass(frozen=True)
class LiveQuota:
    """A namespace's quota as the API server has it.

    Args:
        governor: the value of its owner label; empty where it has none.
        previous_governor: the annotation that the last take-over left; empty where there is none.
        hard: what may be used, by resource.
        used: what is used, by resource.
    """

    governor: str = ""
    previous_governor: str = ""
    hard: Mapping[str, str] = field(default_factory=dict)
    used: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LimitRange:
    """What a namespace's limit range allows at most, and gives to containers that say nothing.

    Args:
        most: by resource, such as `limits.cpu`.
        of_pod: whether that holds for a pod as a whole, not for each container.
        defaults: what a container gets that says nothing of a resource, by resource; empty where it is given nothing.
    """

    most: Mapping[str, str] = field(default_factory=dict)
    of_pod: bool = False
    defaults: Mapping[str, str] = field(default_factory=dict)


def read_quotas(api: ClusterApi, namespaces: Iterable[str]) -> dict[str, LiveQuota]:
    """Read the platform's quotas by namespace; none for a namespace that has none."""
    return {name: _quota(item) for name, item in _read(api, "resourcequotas", QUOTA, namespaces).items()}


def read_limit_ranges(api: ClusterApi, namespaces: Iterable[str]) -> dict[str, LimitRange]:
    """Read the platform's limit ranges by namespace; none for a namespace that has none."""
    return {name: _limits(item) for name, item in _read(api, "limitranges", LIMITS, namespaces).items()}


def _read(api: ClusterApi, plural: str, name: str, namespaces: Iterable[str]) -> dict[str, Json]:
    """The objects of one name in some namespaces, by namespace."""
    wanted = list(namespaces)
    if len(wanted) <= _FEW:
        paths = [f"/api/v1/namespaces/{namespace}/{plural}/{name}" for namespace in wanted]
        found = [item for path in paths if (item := api.get(path))]
    else:
        listed = api.get(f"/api/v1/{plural}?fieldSelector=metadata.name%3D{name}") or {}
        found = [item for item in listed.get("items") or [] if item["metadata"]["namespace"] in wanted]
    return {item["metadata"]["namespace"]: item for item in found}


def _limits(item: Json) -> LimitRange:
    """The first rule of it: the platform's has one."""
    for rule in (item.get("spec") or {}).get("limits") or []:
        return LimitRange(
            _named("limits", rule.get("max")),
            of_pod=rule["type"] == "Pod",
            defaults={
                **_named("requests", rule.get("defaultRequest")),
                **_named("limits", rule.get("default")),
            },
        )
    return LimitRange()


def _named(which: str, amounts: Json | None) -> dict[str, str]:
    """Amounts by resource, as quotas name it."""
    return {f"{which}.{name}": str(amount) for name, amount in (amounts or {}).items()}


def _quota(item: Json) -> LiveQuota:
    metadata, status = item["metadata"], item.get("status") or {}
    return LiveQuota(
        governor=(metadata.get("labels") or {}).get(OWNER, ""),
        previous_governor=(metadata.get("annotations") or {}).get(PREVIOUS_OWNER, ""),
        hard=(item.get("spec") or {}).get("hard") or {},
        used=status.get("used") or {},
    )
