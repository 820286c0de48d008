"""What is observed on a cluster: its namespaces, their quotas and limit ranges, and what their Deployments request."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from shared.config.types import quantity_value
from shared.errors import Refusal
from shared.kube.client import ClusterApi, Json, cluster_api
from shared.labels import ALLOW_DELETION, OWNER, OWNER_POLICY, PREVIOUS_OWNER

QUOTA = "platform-quota"
"""The name of the platform's ResourceQuota in a namespace."""

LIMITS = "platform-limits"
"""The name of the platform's LimitRange in a namespace."""

RESOURCES = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
"""What a container requests and is limited to, as quotas name it."""

_POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"


@dataclass(frozen=True)
class ObservedNamespace:
    """A namespace as the API server has it; missing labels and annotations are empty.

    Args:
        created: when it was created (RFC 3339).
        deletion_allowed: its allow-deletion annotation, a UID.
        adopted: when the annotation of the last adoption was written (RFC 3339).
    """

    name: str
    uid: str
    owner: str = ""
    previous_owner: str = ""
    terminating: bool = False
    created: str = ""
    deletion_allowed: str = ""
    adopted: str = ""


@dataclass(frozen=True)
class ObservedQuota:
    """A namespace's quota: its owner label, the one before the last adoption, its limits and their use by resource."""

    manager: str = ""
    previous_manager: str = ""
    hard: Mapping[str, str] = field(default_factory=dict)
    used: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LimitRange:
    """What a namespace's limit range allows and fills in, by resource such as `limits.cpu`.

    Args:
        most: the most that a container may have; a pod as a whole where of_pod.
        defaults: what a container gets without a request or limit of its own.
    """

    most: Mapping[str, str] = field(default_factory=dict)
    of_pod: bool = False
    defaults: Mapping[str, str] = field(default_factory=dict)


JobState = Literal["running", "succeeded", "failed"]
"""What became of a Job; it has failed only where it is not tried again."""


@dataclass(frozen=True)
class Demand:
    """What a Deployment requests at its largest.

    Args:
        pods: how many pods it has during a rollout at most replicas.
        containers: the amounts of each container of a pod by resource, in cores or bytes.
        owner: its owner label; empty where it has none.
    """

    name: str
    pods: int
    containers: tuple[Mapping[str, Fraction], ...]
    owner: str = ""

    def total(self, resource: str) -> Fraction:
        """How much of a resource all pods take: a number for `pods`, otherwise cores or bytes."""
        each = [{"pods": Fraction(1)}, *self.containers]
        return self.pods * sum((one.get(resource, Fraction(0)) for one in each), Fraction(0))


@dataclass(frozen=True)
class ObservedCluster:
    """What was observed on a cluster; None stands for a cluster that could not be observed.

    Args:
        identifier: the kube-system namespace's UID, which never changes, or what was given for it.
        namespaces: those of the given names that exist, by name; quotas have the names of their namespaces too.
        limits: the platform's limit range in the namespace that was observed with its workloads.
        demands: the Deployments of that namespace.
        jobs: its Jobs by name, and what became of each.
        routes: the Ingress that serves each host and path, as `<namespace>/<name>`; of the cluster, or of that
            namespace where the identifier was given.
        other_quotas: the quotas of others in that namespace that are for all of its pods, by name.
        other_limits: the limit ranges of others in it, by name.
        version: its Kubernetes version, such as `v1.36.3`; as below, empty where the identifier was given.
        provisioner: the infrastructure stack, as `<project>.<stack>`, that declares its admission policies.
    """

    identifier: str = ""
    namespaces: Mapping[str, ObservedNamespace] = field(default_factory=dict)
    quotas: Mapping[str, ObservedQuota] = field(default_factory=dict)
    limits: LimitRange = LimitRange()
    demands: tuple[Demand, ...] = ()
    jobs: Mapping[str, JobState] = field(default_factory=dict)
    routes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    other_quotas: Mapping[str, ObservedQuota] = field(default_factory=dict)
    other_limits: Mapping[str, LimitRange] = field(default_factory=dict)
    version: str = ""
    provisioner: str = ""


def observe(
    kubeconfig: str, names: Iterable[str], *, into: str = "", identifier: str | None = None
) -> ObservedCluster:
    """Observe a cluster and some of its namespaces.

    Args:
        into: the namespace whose workloads, and which Ingresses there are, is observed too; empty for none.
        identifier: the cluster's identifier, for a credential that may not read it from the cluster.
    """
    with cluster_api(kubeconfig) as api:
        version = provisioner = ""
        place = f"/namespaces/{into}" if identifier else ""
        if identifier is None:
            version = str((api.get("/version") or {}).get("gitVersion") or "")
            policy = api.get(f"{_POLICIES}/{OWNER_POLICY}") or {"metadata": {}}
            provisioner = str((policy["metadata"].get("labels") or {}).get(OWNER, ""))
            identifier = cluster_identifier(api)
        found = [live for name in names if (live := api.get(f"/api/v1/namespaces/{name}"))]
        namespaces = {live.name: live for live in map(observed_namespace, found)}

        def inside(root: str, plural: str) -> list[Json]:
            return api.list(f"{root}/namespaces/{into}/{plural}") if into in namespaces else []

        quotas, ranges = inside("/api/v1", "resourcequotas"), inside("/api/v1", "limitranges")
        if not into:
            quotas = api.list(f"/api/v1/resourcequotas?fieldSelector=metadata.name%3D{QUOTA}")
        ours = [item for item in quotas if _name(item) == QUOTA]
        others = [item for item in quotas if _name(item) != QUOTA]
        limits = {_name(item): observed_limits(item) for item in ranges}
        scalers = inside("/apis/autoscaling/v2", "horizontalpodautoscalers")
        return ObservedCluster(
            identifier=identifier,
            namespaces=namespaces,
            quotas={item["metadata"]["namespace"]: observed_quota(item) for item in ours},
            limits=limits.pop(LIMITS, LimitRange()),
            demands=_demands(inside("/apis/apps/v1", "deployments"), scalers),
            jobs={_name(job): _job_state(job) for job in inside("/apis/batch/v1", "jobs")},
            routes=_routes(api.list(f"/apis/networking.k8s.io/v1{place}/ingresses") if into else []),
            other_quotas={_name(item): observed_quota(item) for item in others if _is_for_all_pods(item)},
            other_limits=limits,
            version=version,
            provisioner=provisioner,
        )


def observed_namespace(item: Json) -> ObservedNamespace:
    """Read a Namespace; its metadata is enough."""
    metadata = item["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    adopted = ""
    # Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    for entry in metadata.get("managedFields") or ():
        fields = (entry.get("fieldsV1") or {}).get("f:metadata") or {}
        if f"f:{PREVIOUS_OWNER}" in (fields.get("f:annotations") or {}):
            adopted = max(adopted, str(entry.get("time") or ""))
    return ObservedNamespace(
        name=metadata["name"],
        uid=metadata["uid"],
        owner=labels.get(OWNER, ""),
        previous_owner=annotations.get(PREVIOUS_OWNER, ""),
        terminating="deletionTimestamp" in metadata,
        created=metadata.get("creationTimestamp") or "",
        deletion_allowed=annotations.get(ALLOW_DELETION, ""),
        adopted=adopted,
    )


def observed_quota(item: Json) -> ObservedQuota:
    """Read a ResourceQuota."""
    metadata = item["metadata"]
    return ObservedQuota(
        manager=(metadata.get("labels") or {}).get(OWNER, ""),
        previous_manager=(metadata.get("annotations") or {}).get(PREVIOUS_OWNER, ""),
        hard=(item.get("spec") or {}).get("hard") or {},
        used=(item.get("status") or {}).get("used") or {},
    )


def observed_limits(item: Json) -> LimitRange:
    """Read a LimitRange's first rule; the platform's has one."""

    def named(which: str, amounts: Json | None) -> dict[str, str]:
        return {f"{which}.{name}": str(amount) for name, amount in (amounts or {}).items()}

    rule: Json = next(iter((item.get("spec") or {}).get("limits") or ()), {})
    return LimitRange(
        named("limits", rule.get("max")),
        of_pod=rule.get("type") == "Pod",
        defaults={**named("requests", rule.get("defaultRequest")), **named("limits", rule.get("default"))},
    )


def _demands(deployments: Iterable[Json], scalers: Iterable[Json]) -> tuple[Demand, ...]:
    """The demands of Deployments, at the most replicas that their autoscalers allow."""
    scaled = {
        item["spec"]["scaleTargetRef"]["name"]: int(item["spec"]["maxReplicas"])
        for item in scalers
        if item["spec"]["scaleTargetRef"]["kind"] == "Deployment"
    }
    demands: list[Demand] = []
    for item in deployments:
        name, spec = _name(item), item["spec"]
        surge = ((spec.get("strategy") or {}).get("rollingUpdate") or {}).get("maxSurge", 0)
        pods = surged(scaled.get(name, int(spec.get("replicas", 1))), surge)
        containers = tuple(map(container_amounts, spec["template"]["spec"]["containers"]))
        owner = (item["metadata"].get("labels") or {}).get(OWNER, "")
        demands.append(Demand(name, pods, containers, owner))
    return tuple(demands)


def failed_because(job: Json) -> str:
    """Why a Job has failed for good; empty where it has not.

    Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
    """
    for one in (job.get("status") or {}).get("conditions") or ():
        if one["type"] == "Failed" and one["status"] == "True":
            return f"{one.get('reason', 'failed')}: {one.get('message', '')}".rstrip(": ")
    return ""


def _job_state(job: Json) -> JobState:
    if failed_because(job):
        return "failed"
    return "succeeded" if (job.get("status") or {}).get("completionTime") else "running"


def _routes(ingresses: Iterable[Json]) -> dict[tuple[str, str], str]:
    return {
        (rule.get("host") or "", path.get("path") or "/"): f"{item['metadata']['namespace']}/{_name(item)}"
        for item in ingresses
        for rule in item["spec"].get("rules") or ()
        for path in (rule.get("http") or {}).get("paths") or ()
    }


def surged(replicas: int, surge: int | str) -> int:
    """How many pods a Deployment has during a rollout by its `maxSurge`: a number, or a share, which is rounded up."""
    if isinstance(surge, str) and surge.endswith("%"):
        return replicas + math.ceil(replicas * int(surge[:-1]) / 100)
    return replicas + int(surge)


def is_arn(identifier: str) -> bool:
    """Whether an identifier is EKS's ARN, which the cluster itself does not know."""
    return identifier.startswith("arn:")


def cluster_identifier(api: ClusterApi) -> str:
    """What identifies a cluster for as long as it exists: the UID of its kube-system namespace."""
    system = api.get("/api/v1/namespaces/kube-system")
    if system is None:
        raise Refusal(
            "The cluster has no kube-system namespace, whose UID would identify it.",
            "Check the server's address in the kubeconfig.",
        )
    return str(system["metadata"]["uid"])


def _name(item: Json) -> str:
    return str(item["metadata"]["name"])


def _is_for_all_pods(quota: Json) -> bool:
    return not (quota.get("spec") or {}).keys() & {"scopes", "scopeSelector"}


def container_amounts(container: Json) -> Mapping[str, Fraction]:
    """A container's requests and limits; a missing request is as large as the limit.

    Source: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#requests-and-limits
    """
    resources = container.get("resources") or {}
    limits, amounts = resources.get("limits") or {}, {}
    for resource in RESOURCES:
        which, what = resource.split(".")
        given = (resources.get(which) or {}).get(what) or limits.get(what)
        if given:
            amounts[resource] = quantity_value(str(given))
    return amounts
