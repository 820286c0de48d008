"""A look at the live cluster: what is true of it now, whatever any state says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from shared.cluster.api import Json, cluster_api
from shared.cluster.demand import Demand
from shared.cluster.tenancy import LimitRange, LiveQuota, read_limit_ranges, read_quotas
from shared.cluster.usage import read_usage
from shared.cluster.workloads import read_demands
from shared.labels import OWNER, PREVIOUS_OWNER


@dataclass(frozen=True)
class LiveNamespace:
    """A namespace as the API server has it.

    Args:
        name: its name.
        uid: its UID.
        owner: the value of its owner label; empty where it has none.
        previous_owner: the annotation that the last take-over left; empty where there is none.
        terminating: whether its deletion has begun.
        labels: all of its labels.
        labelled: which of them each field manager set.
    """

    name: str
    uid: str
    owner: str = ""
    previous_owner: str = ""
    terminating: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    labelled: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def labelled_by_others(self, manager: str) -> frozenset[str]:
        """The labels that somebody else than a field manager set, maybe besides it."""
        return frozenset().union(*(names for who, names in self.labelled.items() if who != manager))


@dataclass(frozen=True)
class LiveCluster:
    """What a look found.

    Args:
        identifier: the kube-system namespace's UID, which stays for the cluster's life, or what was given for it.
        namespaces: those that were looked for and exist, by name.
        quotas: their quotas, by namespace.
        limits: their limit ranges, by namespace.
        demands: what each workload of the one namespace that was looked into comes to use at its largest.
        looked: False where there is no cluster to look at (SDK mocks, a preview of a cluster yet to be made).
    """

    identifier: str = ""
    namespaces: dict[str, LiveNamespace] = field(default_factory=dict)
    quotas: Mapping[str, LiveQuota] = field(default_factory=dict)
    limits: Mapping[str, LimitRange] = field(default_factory=dict)
    demands: tuple[Demand, ...] = ()
    looked: bool = True


NOT_LOOKED = LiveCluster(looked=False)
"""No look was possible; what the API server says when the objects are applied has to do."""


def look(
    kubeconfig: str, names: Iterable[str], *, into: str = "", identifier: str | None = None
) -> LiveCluster:
    """Look at the cluster and at some of its namespaces.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.
        names: the namespaces to look for.
        into: the namespace whose workloads are looked at too; empty for none.
        identifier: the cluster's identifier, for a credential that may not look at the kube-system namespace; the
            namespaces' UIDs tell whether it is right. None to find it out.

    Returns:
        What is there; NOT_LOOKED under SDK mocks, which have no cluster behind them.

    Raises:
        Refusal: the cluster does not answer, or refuses the credential.
    """
    if mocked():
        return NOT_LOOKED
    with cluster_api(kubeconfig) as api:
        if identifier is None:
            identifier = str((api.get("/api/v1/namespaces/kube-system") or {})["metadata"]["uid"])
        found = [live for name in names if (live := api.get(f"/api/v1/namespaces/{name}"))]
        namespaces = {live.name: live for live in map(_namespace, found)}
        return LiveCluster(
            identifier,
            namespaces,
            read_quotas(api, namespaces),
            read_limit_ranges(api, namespaces),
            read_demands(api, into) if into in namespaces else (),
        )


def look_into(kubeconfig: str, namespace: str) -> tuple[Demand, ...]:
    """Look at what the workloads of one namespace come to use at their largest.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.
        namespace: the namespace.

    Raises:
        Refusal: the cluster does not answer, or refuses the credential.
    """
    with cluster_api(kubeconfig) as api:
        return read_demands(api, namespace)


def look_at_usage(kubeconfig: str, namespace: str) -> dict[str, str]:
    """Look at what is used in one namespace now, by resource as quotas name it.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.
        namespace: the namespace.

    Raises:
        Refusal: the cluster does not answer, or refuses the credential.
    """
    with cluster_api(kubeconfig) as api:
        return read_usage(api, namespace)


def mocked() -> bool:
    """Whether the program runs under SDK mocks, which have no cluster behind them."""
    return isinstance(get_monitor(), MockMonitor)


def _namespace(live: Json) -> LiveNamespace:
    metadata = live["metadata"]
    return LiveNamespace(
        name=metadata["name"],
        uid=metadata["uid"],
        owner=metadata.get("labels", {}).get(OWNER, ""),
        previous_owner=metadata.get("annotations", {}).get(PREVIOUS_OWNER, ""),
        terminating="deletionTimestamp" in metadata,
        labels=metadata.get("labels", {}),
        labelled=_labelled(metadata.get("managedFields", [])),
    )


def _labelled(managed_fields: Iterable[Json]) -> dict[str, frozenset[str]]:
    """Which manager set which labels: https://kubernetes.io/docs/reference/using-api/server-side-apply/ ."""
    return {
        entry["manager"]: frozenset(
            name.removeprefix("f:")
            for name in entry.get("fieldsV1", {}).get("f:metadata", {}).get("f:labels", {})
        )
        for entry in managed_fields
    }
