"""What the API server has: its namespaces, the policies in them, and the guards, in eight requests at most."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from operations.status.facts import GUARDS, GuardFacts, LiveNamespaceFacts, PolicyCounts
from shared.cluster.api import ClusterApi, Json, cluster_api
from shared.labels import ALLOW_DELETION, OWNER, PREVIOUS_OWNER

_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_POLICIES = {
    "resource_quotas": "/api/v1/resourcequotas",
    "limit_ranges": "/api/v1/limitranges",
    "network_policies": "/apis/networking.k8s.io/v1/networkpolicies",
    "role_bindings": "/apis/rbac.authorization.k8s.io/v1/rolebindings",
}
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


def read_live(kubeconfig: str) -> LiveFacts:
    """Look at a cluster.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.

    Raises:
        Refusal: the cluster does not answer, or refuses.
    """
    with cluster_api(kubeconfig) as api:
        found = list(_items(api, "/api/v1/namespaces"))
        counts = {
            kind: Counter(item["metadata"]["namespace"] for item in _items(api, path))
            for kind, path in _POLICIES.items()
        }
        guards = _guards(api)
    identifier = next((item["metadata"]["uid"] for item in found if item["metadata"]["name"] == _SYSTEM), "")
    namespaces = {
        name: _namespace(item, PolicyCounts(**{kind: count[name] for kind, count in counts.items()}))
        for item in found
        if not is_the_clusters_own(name := item["metadata"]["name"])
    }
    return LiveFacts(identifier, namespaces, guards)


def is_the_clusters_own(name: str) -> bool:
    """Whether a namespace belongs to the cluster itself and is left out."""
    return name == "default" or name.startswith("kube-")


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
    )


def _guards(api: ClusterApi) -> tuple[GuardFacts, ...]:
    """A guard is in force where its policy is there and a binding of any name denies by it."""
    policies = {item["metadata"]["name"] for item in _items(api, f"{_ADMISSION}/validatingadmissionpolicies")}
    bindings = (api.get(f"{_ADMISSION}/validatingadmissionpolicybindings") or {}).get("items") or ()
    denying = {
        item["spec"]["policyName"] for item in bindings if "Deny" in item["spec"].get("validationActions", ())
    }
    return tuple(GuardFacts(name, name in policies, name in denying) for name in GUARDS)
