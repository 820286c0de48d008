"""A look at the live cluster: what is true of it now, whatever any state says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from shared.cluster.api import NOT_FOUND, REQUEST_TIMEOUT, api_client
from shared.labels import OWNER, PREVIOUS_OWNER

if TYPE_CHECKING:
    from kubernetes.client import CoreV1Api, V1Namespace


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
    from kubernetes.client import CoreV1Api  # noqa: PLC0415 - see api_client

    with api_client(kubeconfig) as client:
        api = CoreV1Api(client)
        system = api.read_namespace("kube-system", _request_timeout=REQUEST_TIMEOUT)
        found = (_find(api, name) for name in names)
        return LiveCluster(system.metadata.uid, {live.name: live for live in found if live})


def mocked() -> bool:
    """Whether the program runs under SDK mocks, which have no cluster behind them."""
    return isinstance(get_monitor(), MockMonitor)


def _find(api: CoreV1Api, name: str) -> LiveNamespace | None:
    from kubernetes.client.exceptions import ApiException  # noqa: PLC0415 - see api_client

    try:
        return _namespace(api.read_namespace(name, _request_timeout=REQUEST_TIMEOUT))
    except ApiException as error:
        if error.status == NOT_FOUND:
            return None
        raise


def _namespace(live: V1Namespace) -> LiveNamespace:
    metadata = live.metadata
    return LiveNamespace(
        name=metadata.name,
        uid=metadata.uid,
        owner=(metadata.labels or {}).get(OWNER, ""),
        previous_owner=(metadata.annotations or {}).get(PREVIOUS_OWNER, ""),
        terminating=metadata.deletion_timestamp is not None,
    )
