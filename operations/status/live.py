"""What the API server has: its namespaces, what stands in them, and the guards, in eight requests or eleven."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from operations.status.facts import GuardFacts, LiveNamespaceFacts, PolicyCounts
from operations.status.isolation import isolation
from operations.status.quotas import quotas
from operations.status.workloads import workloads
from shared.cluster.api import ClusterApi, Json, cluster_api
from shared.labels import ALLOW_DELETION, OWNER, PREVIOUS_OWNER
from shared.policies import GUARDS

_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_POLICIES = {
    "limit_ranges": "/api/v1/limitranges",
    "network_policies": "/apis/networking.k8s.io/v1/networkpolicies",
    "role_bindings": "/apis/rbac.authorization.k8s.io/v1/rolebindings",
}
_QUOTAS = "/api/v1/resourcequotas"
_SYSTEM = "kube-system"


@dataclass(frozen=True)
class LiveFacts:
    """What was found.

    Args:
        identifier: the kube-system namespace's UID.
        namespaces: by name, without the cluster's own.
        guards: the guards.
    """

    identifier: str
    namespaces: dict[str, LiveNamespaceFacts]
    guards: tuple[GuardFacts, ...]


def read_live(kubeconfig: str, *, with_workloads: bool = False) -> LiveFacts:
    """Look at a cluster.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.
        with_workloads: whether to look at what runs in the namespaces too.

    Raises:
        Refusal: the cluster does not answer, or refuses.
    """
    with cluster_api(kubeconfig) as api:
        found = list(_items(api, "/api/v1/namespaces"))
        policies = {kind: list(_items(api, path)) for kind, path in _POLICIES.items()}
        policies["resource_quotas"] = limits = list((api.get(_QUOTAS) or {}).get("items") or ())
        running = workloads(api) if with_workloads else {}
        guards = guards_of(api)
    counts = {kind: Counter(map(_namespace_of, items)) for kind, items in policies.items()}
    standing = isolation(policies)
    used = quotas(limits)
    identifier = next((item["metadata"]["uid"] for item in found if item["metadata"]["name"] == _SYSTEM), "")
    namespaces = {
        name: replace(
            _namespace(item, PolicyCounts(**{kind: count[name] for kind, count in counts.items()})),
            quotas=used.get(name, ()),
            workloads=running.get(name, ()),
            governor=standing.governors.get(name, ""),
            isolation_lacks=standing.lacks(name),
        )
        for item in found
        if not is_the_clusters_own(name := item["metadata"]["name"])
    }
    return LiveFacts(identifier, namespaces, guards)


def is_the_clusters_own(name: str) -> bool:
    """Whether a namespace belongs to the cluster itself and is left out."""
    return name == "default" or name.startswith("kube-")


def _namespace_of(item: Json) -> str:
    return str(item["metadata"]["namespace"])


def _items(api: ClusterApi, path: str) -> Iterator[Json]:
    yield from (api.get(path, accept=_METADATA_ONLY) or {}).get("items") or ()


def _namespace(item: Json, policies: PolicyCounts) -> LiveNamespaceFacts:
    metadata = item["metadata"]
    annotations = metadata.get("annotations") or {}
    return LiveNamespaceFacts(
        name=metadata["name"],
        uid=metadata["uid"],
        owner=(metadata.get("labels") or {}).get(OWNER, ""),
        previous_owner=annotations.get(PREVIOUS_OWNER, ""),
        created=metadata["creationTimestamp"],
        terminating="deletionTimestamp" in metadata,
        deletion_allowed=annotations.get(ALLOW_DELETION, ""),
        policies=policies,
        taken_over=_written(metadata.get("managedFields") or (), PREVIOUS_OWNER),
    )


def _written(managed: Iterable[Json], annotation: str) -> str:
    """When an annotation was written last, as its field manager's entry says; empty where none manages it."""
    times = (
        str(entry.get("time") or "")
        for entry in managed
        if f"f:{annotation}"
        in ((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:annotations", {})
    )
    return max(times, default="")


def guards_of(api: ClusterApi) -> tuple[GuardFacts, ...]:
    """The guards of a cluster. A guard is in force where its policy is there and a binding of any name denies by it."""
    policies = {item["metadata"]["name"] for item in _items(api, f"{_ADMISSION}/validatingadmissionpolicies")}
    bindings = (api.get(f"{_ADMISSION}/validatingadmissionpolicybindings") or {}).get("items") or ()
    denying = {
        item["spec"]["policyName"] for item in bindings if "Deny" in item["spec"].get("validationActions", ())
    }
    return tuple(GuardFacts(name, name in policies, name in denying) for name in GUARDS)
