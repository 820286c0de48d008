"""A look at the live cluster: what is true of it now, whatever any state says."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from shared.cluster.api import Json, cluster_api
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
    """

    name: str
    uid: str
    owner: str = ""
    previous_owner: str = ""
    terminating: bool = False


@dataclass(frozen=True)
class LiveCluster:
    """What a look found.

    Args:
        identifier: the kube-system namespace's UID, which stays for the cluster's life.
        namespaces: those that were looked for and exist, by name.
        looked: False where there is no cluster to look at (SDK mocks, a preview of a cluster yet to be made).
    """

    identifier: str = ""
    namespaces: dict[str, LiveNamespace] = field(default_factory=dict)
    looked: bool = True


NOT_LOOKED = LiveCluster(looked=False)
"""No look was possible; what the API server says when the objects are applied has to do."""


def look(kubeconfig: str, names: Iterable[str]) -> LiveCluster:
    """Look at the cluster and at some of its namespaces.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.
        names: the namespaces to look for.

    Returns:
        What is there; NOT_LOOKED under SDK mocks, which have no cluster behind them.

    Raises:
        Refusal: the cluster does not answer, or refuses the credential.
    """
    if mocked():
        return NOT_LOOKED
    with cluster_api(kubeconfig) as api:
        system = api.get("/api/v1/namespaces/kube-system") or {}
        found = [live for name in names if (live := api.get(f"/api/v1/namespaces/{name}"))]
    namespaces = [_namespace(live) for live in found]
    return LiveCluster(system["metadata"]["uid"], {live.name: live for live in namespaces})


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
    )
