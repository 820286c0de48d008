"""What lives in a namespace by its isolation: who governs it, what may be used, what services may come to use."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.cluster.api import ClusterApi, Json
from shared.isolation.quota import QUOTA
from shared.labels import OWNER, PREVIOUS_OWNER
from shared.settings.types import quantity_value

_FEW = 3
"""Up to as many namespaces are asked for one by one; for more, one list of the whole cluster is quicker."""

RESOURCES = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
"""What a container asks for, as quotas name it."""


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
class Demand:
    """What one workload comes to use at its largest, while it is being rolled out.

    Args:
        name: the workload's name.
        pods: how many pods.
        resources: per pod, by resource: cores or bytes.
    """

    name: str
    pods: int
    resources: Mapping[str, float]

    def of(self, resource: str) -> float:
        """How much of a resource: pods for `pods`, otherwise cores or bytes."""
        return float(self.pods) if resource == "pods" else self.pods * self.resources.get(resource, 0.0)


def read_quotas(api: ClusterApi, namespaces: Iterable[str]) -> dict[str, LiveQuota]:
    """Read the platform's quotas by namespace; none for a namespace that has none."""
    wanted = list(namespaces)
    if len(wanted) <= _FEW:
        paths = [f"/api/v1/namespaces/{name}/resourcequotas/{QUOTA}" for name in wanted]
        found = [item for path in paths if (item := api.get(path))]
    else:
        listed = api.get(f"/api/v1/resourcequotas?fieldSelector=metadata.name%3D{QUOTA}") or {}
        found = [item for item in listed.get("items") or [] if item["metadata"]["namespace"] in wanted]
    return {item["metadata"]["namespace"]: _quota(item) for item in found}


def read_demands(api: ClusterApi, namespace: str) -> tuple[Demand, ...]:
    """Read what each Deployment of a namespace comes to use at its largest."""
    scalers = api.get(f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers") or {}
    most = {
        item["spec"]["scaleTargetRef"]["name"]: int(item["spec"]["maxReplicas"])
        for item in scalers.get("items") or []
        if item["spec"]["scaleTargetRef"]["kind"] == "Deployment"
    }
    deployments = api.get(f"/apis/apps/v1/namespaces/{namespace}/deployments") or {}
    return tuple(_demands(deployments.get("items") or [], most))


def surged(replicas: int, surge: int | str) -> int:
    """How many pods a Deployment has while it is being rolled out.

    Args:
        replicas: how many it has otherwise.
        surge: its `maxSurge`: a number, or a share such as `25%`, which is rounded up.
    """
    if isinstance(surge, str) and surge.endswith("%"):
        return replicas + math.ceil(replicas * int(surge[:-1]) / 100)
    return replicas + int(surge)


def _demands(deployments: Iterable[Json], most: Mapping[str, int]) -> Iterator[Demand]:
    for item in deployments:
        name, spec = item["metadata"]["name"], item["spec"]
        replicas = most.get(name, int(spec.get("replicas", 1)))
        surge = (spec.get("strategy", {}).get("rollingUpdate") or {}).get("maxSurge", 0)
        containers: list[Mapping[str, Any]] = spec["template"]["spec"]["containers"]
        yield Demand(
            name,
            surged(replicas, surge),
            {resource: sum(_asks(one, resource) for one in containers) for resource in RESOURCES},
        )


def _asks(container: Mapping[str, Any], resource: str) -> float:
    which, what = resource.split(".")
    given = (container.get("resources", {}).get(which) or {}).get(what)
    return quantity_value(str(given)) if given else 0.0


def _quota(item: Json) -> LiveQuota:
    metadata, status = item["metadata"], item.get("status") or {}
    return LiveQuota(
        governor=(metadata.get("labels") or {}).get(OWNER, ""),
        previous_governor=(metadata.get("annotations") or {}).get(PREVIOUS_OWNER, ""),
        hard=(item.get("spec") or {}).get("hard") or {},
        used=status.get("used") or {},
    )
