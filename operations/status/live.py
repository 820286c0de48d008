"""What the API server has: namespaces, what isolates them, what runs in them, and the admission policies."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from operations import checkout
from operations.drift import Difference, differences
from operations.status.facts import AdmissionPolicy, Live, Workload
from shared.kube.client import METADATA_ONLY, ClusterApi, Json, cluster_api, collection_of
from shared.kube.observed import QUOTA, ObservedCluster, observed_namespace, observed_quota
from shared.state import StateObject

_ISOLATION = {
    "LimitRange": "/api/v1/limitranges",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/networkpolicies",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/rolebindings",
}

_WORKLOADS = {"apps/v1": ("Deployment", "StatefulSet", "DaemonSet"), "batch/v1": ("CronJob", "Job")}

_BAD = {"Available": "False", "Progressing": "False", "ReplicaFailure": "True", "Failed": "True"}
"""Conditions of a Deployment and of a Job by the status that means trouble:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status"""


def observe_all(
    kubeconfig: str, *, with_workloads: bool = False, declared: Collection[StateObject] = ()
) -> Live:
    """Observe a cluster with all of its namespaces, and compare what stacks declare with the live objects."""
    with cluster_api(kubeconfig) as api:
        namespaces = api.list("/api/v1/namespaces", accept=METADATA_ONLY)
        quotas = api.list("/api/v1/resourcequotas")
        isolation: defaultdict[str, Counter[str]] = defaultdict(Counter)
        listed = {kind: api.list(path, accept=METADATA_ONLY) for kind, path in _ISOLATION.items()}
        for kind, items in {"ResourceQuota": quotas, **listed}.items():
            for item in items:
                isolation[item["metadata"]["namespace"]][kind] += 1
        hosts: defaultdict[str, set[str]] = defaultdict(set)
        for item in api.list("/apis/networking.k8s.io/v1/ingresses"):
            for rule in item["spec"].get("rules") or ():
                hosts[rule.get("host", "")].add(item["metadata"]["namespace"])
        workloads = _workloads(api) if with_workloads else {}
        drift = tuple(differences(api, declared))
    by_name = {item["metadata"]["name"]: item for item in namespaces}
    system = by_name.get("kube-system")
    cluster = ObservedCluster(
        system["metadata"]["uid"] if system else "",
        {
            name: observed_namespace(item)
            for name, item in by_name.items()
            if name != "default" and not name.startswith("kube-")
        },
        {
            item["metadata"]["namespace"]: observed_quota(item)
            for item in quotas
            if item["metadata"]["name"] == QUOTA
        },
    )
    return Live(cluster, admission_policies(declared, drift), isolation, workloads, hosts, drift)


def admission_policies(
    declared: Iterable[StateObject], drift: Iterable[Difference]
) -> tuple[AdmissionPolicy, ...]:
    """The platform's admission policies; one is bound where its binding is as it is declared."""
    wrong = list(drift)
    there = {item.title for item in declared} - {one.item.title for one in wrong if one.is_missing}
    unchanged = there - {one.item.title for one in wrong}
    files = sorted((checkout.ROOT / "infrastructure" / "policies").glob("*.yaml"))
    # Each file is named after its own.
    names = (f"{file.stem}.platform.internal" for file in files if not file.stem.startswith("role-"))
    return tuple(
        AdmissionPolicy(
            name,
            f"ValidatingAdmissionPolicy/{name}" in there,
            f"ValidatingAdmissionPolicyBinding/{name}" in unchanged,
        )
        for name in names
    )


def _workloads(api: ClusterApi) -> dict[str, tuple[Workload, ...]]:
    """Every workload by namespace, in the order of kinds and names."""
    found: defaultdict[str, list[Workload]] = defaultdict(list)
    for version, kinds in _WORKLOADS.items():
        for kind in kinds:
            for item in api.list(collection_of(f"kubernetes:{version}:{kind}")):
                # A CronJob's Jobs are its own business.
                if not item["metadata"].get("ownerReferences"):
                    found[item["metadata"]["namespace"]].append(_workload(kind, item))
    return {name: tuple(items) for name, items in found.items()}


def _workload(kind: str, item: Json) -> Workload:
    spec, status = item.get("spec") or {}, item.get("status") or {}
    if kind == "CronJob":
        active = len(status.get("active") or ())
        spec, status = spec["jobTemplate"]["spec"], {"completions": active, "succeeded": active}
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or [{}]
    if kind == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    elif kind in ("Job", "CronJob"):
        wanted, ready = status.get("completions", spec.get("completions", 1)), status.get("succeeded", 0)
    else:
        wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    problems = [
        str(condition.get("message") or condition.get("reason") or condition["type"]).rstrip(".")
        for condition in status.get("conditions") or ()
        if _BAD.get(condition.get("type")) == condition.get("status")
    ]
    return Workload(
        kind,
        item["metadata"]["name"],
        int(wanted),
        int(ready),
        str(containers[0].get("image") or ""),
        "; ".join(problems),
    )
