"""What the workloads of a namespace come to use at their largest, as quotas count it."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.cluster.api import ClusterApi, Json
from shared.settings.types import quantity_value

RESOURCES = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
"""What a container asks for, as quotas name it."""

_Scaled = tuple[str, str]
"""A workload that is scaled, by kind and name."""


@dataclass(frozen=True)
class Demand:
    """What one workload comes to use at its largest, while it is being rolled out.

    Args:
        name: a Deployment's name; any other workload's as `<kind>/<name>`.
        pods: how many pods.
        resources: per pod, by resource: cores or bytes.
        largest: what its largest container asks for, likewise.
        silent: the resources of which a container of it says nothing.
    """

    name: str
    pods: int
    resources: Mapping[str, float]
    largest: Mapping[str, float] = field(default_factory=dict)
    silent: tuple[str, ...] = ()

    def of(self, resource: str) -> float:
        """How much of a resource: pods for `pods`, otherwise cores or bytes."""
        return float(self.pods) if resource == "pods" else self.pods * self.resources.get(resource, 0.0)


def read_demands(api: ClusterApi, namespace: str) -> tuple[Demand, ...]:
    """Read what each workload of a namespace comes to use at its largest.

    Pods that nothing makes anew are no workload; the quota's own count has them.
    """

    def items(group: str, plural: str) -> list[Json]:
        listed = api.get(f"/apis/{group}/namespaces/{namespace}/{plural}") or {}
        return list(listed.get("items") or [])

    scaled = {
        (target["kind"], target["name"]): int(item["spec"]["maxReplicas"])
        for item in items("autoscaling/v2", "horizontalpodautoscalers")
        for target in [item["spec"]["scaleTargetRef"]]
    }
    return (
        *(_demand(item, "", _of_deployment(item, scaled)) for item in items("apps/v1", "deployments")),
        *(_demand(item, "StatefulSet/", _of_set(item, scaled)) for item in items("apps/v1", "statefulsets")),
        *(_demand(item, "DaemonSet/", _of_daemon(item)) for item in items("apps/v1", "daemonsets")),
        *(_demand(item, "Job/", _of_job(item["spec"])) for item in _at_work(items("batch/v1", "jobs"))),
        *(_demand(_job_of(item), "CronJob/", _of_cron(item)) for item in items("batch/v1", "cronjobs")),
    )


def surged(replicas: int, surge: int | str) -> int:
    """How many pods a Deployment has while it is being rolled out.

    Args:
        replicas: how many it has otherwise.
        surge: its `maxSurge`: a number, or a share such as `25%`, which is rounded up.
    """
    if isinstance(surge, str) and surge.endswith("%"):
        return replicas + math.ceil(replicas * int(surge[:-1]) / 100)
    return replicas + int(surge)


def _of_deployment(item: Json, scaled: Mapping[_Scaled, int]) -> int:
    return _rolled(_replicas(item, "Deployment", scaled), item["spec"].get("strategy"))


def _of_set(item: Json, scaled: Mapping[_Scaled, int]) -> int:
    """A StatefulSet replaces its pods one by one."""
    return _replicas(item, "StatefulSet", scaled)


def _of_daemon(item: Json) -> int:
    pods = int(item.get("status", {}).get("desiredNumberScheduled", 0))
    return _rolled(pods, item["spec"].get("updateStrategy"))


def _replicas(item: Json, kind: str, scaled: Mapping[_Scaled, int]) -> int:
    return scaled.get((kind, item["metadata"]["name"]), int(item["spec"].get("replicas", 1)))


def _rolled(pods: int, strategy: Json | None) -> int:
    """How many pods there are while they are replaced."""
    return surged(pods, ((strategy or {}).get("rollingUpdate") or {}).get("maxSurge", 0))


def _of_job(spec: Json) -> int:
    parallel = int(spec.get("parallelism", 1))
    return min(parallel, int(spec["completions"])) if spec.get("completions") is not None else parallel


def _at_work(jobs: Iterable[Json]) -> Iterator[Json]:
    """The jobs that have or will have pods, and are not a CronJob's, which is counted itself."""
    for job in jobs:
        over = any(
            condition["type"] in ("Complete", "Failed") and condition["status"] == "True"
            for condition in job.get("status", {}).get("conditions") or []
        )
        owners = (owner["kind"] for owner in job["metadata"].get("ownerReferences") or [])
        if not over and "CronJob" not in owners:
            yield job


def _job_of(cron: Json) -> Json:
    return {"metadata": cron["metadata"], "spec": cron["spec"]["jobTemplate"]["spec"]}


def _of_cron(item: Json) -> int:
    """One run at a time; a suspended one has none."""
    return 0 if item["spec"].get("suspend") else _of_job(item["spec"]["jobTemplate"]["spec"])


def _demand(item: Json, prefix: str, pods: int) -> Demand:
    pod: Mapping[str, Any] = item["spec"]["template"]["spec"]
    containers = [*pod["containers"], *(pod.get("initContainers") or [])]
    return Demand(
        f"{prefix}{item['metadata']['name']}",
        pods,
        {resource: _of_pod(pod, resource) for resource in RESOURCES},
        {resource: max(_asks(one, resource) for one in containers) for resource in RESOURCES},
        tuple(resource for resource in RESOURCES if any(not _says(one, resource) for one in containers)),
    )


def _of_pod(pod: Mapping[str, Any], resource: str) -> float:
    """What a pod counts for: its containers together, or more where it needs more while it starts.

    Source: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
    """
    beside = starting = 0.0
    for one in pod.get("initContainers") or []:
        asked = _asks(one, resource)
        if one.get("restartPolicy") == "Always":
            beside += asked
        else:
            starting = max(starting, beside + asked)
    return max(starting, beside + sum(_asks(one, resource) for one in pod["containers"]))


def _says(container: Mapping[str, Any], resource: str) -> bool:
    """Whether a container has a figure of its own; a request that it does not make is as large as its limit."""
    which, what = resource.split(".")
    resources = container.get("resources") or {}
    return any(what in (resources.get(one) or {}) for one in {which, "limits"})


def _asks(container: Mapping[str, Any], resource: str) -> float:
    which, what = resource.split(".")
    given = (container.get("resources", {}).get(which) or {}).get(what)
    return quantity_value(str(given)) if given else 0.0
