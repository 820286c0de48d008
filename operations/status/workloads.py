"""The workloads of a cluster: what runs in each namespace, whose it is, and whether it does what it should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.labels import OWNER

if TYPE_CHECKING:
    from shared.cluster.api import ClusterApi

_PATHS = {
    "Deployment": "/apis/apps/v1/deployments",
    "StatefulSet": "/apis/apps/v1/statefulsets",
    "DaemonSet": "/apis/apps/v1/daemonsets",
}

_BAD = {"Available": "False", "Progressing": "False", "ReplicaFailure": "True"}
"""A Deployment's conditions by the status that means trouble:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status"""


@dataclass(frozen=True)
class WorkloadFacts:
    """A workload as the API server has it.

    Args:
        kind: `Deployment`, `StatefulSet` or `DaemonSet`.
        name: its name.
        owner: the value of its owner label; empty where it has none.
        wanted: how many pods it should have.
        ready: how many are ready.
        image: its first container's image.
        problem: what its controller says is wrong; empty where it says nothing.
    """

    kind: str
    name: str
    owner: str = ""
    wanted: int = 0
    ready: int = 0
    image: str = ""
    problem: str = ""


def workloads(api: ClusterApi) -> dict[str, tuple[WorkloadFacts, ...]]:
    """Every workload of a cluster, by namespace and in the order of kinds and names.

    Args:
        api: the cluster's API.

    Raises:
        Refusal: a list is refused.
    """
    found: dict[str, list[WorkloadFacts]] = {}
    for kind, path in _PATHS.items():
        for item in (api.get(path) or {}).get("items") or ():
            found.setdefault(item["metadata"]["namespace"], []).append(_workload(kind, item))
    return {name: tuple(items) for name, items in found.items()}


def _workload(kind: str, item: Mapping[str, Any]) -> WorkloadFacts:
    spec, status = item.get("spec") or {}, item.get("status") or {}
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or [{}]
    if kind == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    else:
        wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    return WorkloadFacts(
        kind,
        item["metadata"]["name"],
        (item["metadata"].get("labels") or {}).get(OWNER, ""),
        int(wanted),
        int(ready),
        str(containers[0].get("image") or ""),
        "; ".join(_problems(status)),
    )


def _problems(status: Mapping[str, Any]) -> Iterator[str]:
    for condition in status.get("conditions") or ():
        if _BAD.get(condition.get("type")) == condition.get("status"):
            yield str(condition.get("message") or condition.get("reason") or condition["type"]).rstrip(".")
