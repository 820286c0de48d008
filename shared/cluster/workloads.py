"""What the workloads of a namespace come to use at their largest, as quotas count it."""

import math
from collections.abc import Iterable, Iterator, Mapping

from shared.cluster.api import ClusterApi, Json
from shared.cluster.containers import containers_of
from shared.cluster.demand import Demand

_Scaled = tuple[str, str]
"""A workload that is scaled, by kind and name."""


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
    containers = containers_of(item["spec"]["template"]["spec"])
    return Demand(f"{prefix}{item['metadata']['name']}", pods, containers)
