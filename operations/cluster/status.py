"""How the local cluster is, found out without changing it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from operations.cluster.api import ApiServer
from operations.cluster.definition import load
from operations.cluster.processes import COMPONENTS, working_in
from operations.cluster.simulation import metrics_ready, ready_nodes
from operations.cluster.site import Site

State = Literal["absent", "stopped", "partly running", "starting", "running"]


@dataclass(frozen=True)
class ComponentStatus:
    """One process of the cluster.

    Args:
        name: the component.
        alive: whether it runs.
        pid: its process, if it runs.
        ports: TCP ports of 127.0.0.1 on which it listens.
    """

    name: str
    alive: bool
    pid: int | None
    ports: tuple[int, ...]


@dataclass(frozen=True)
class ClusterStatus:
    """The cluster as it was found.

    Args:
        name: its name.
        state: `running` where every process runs and the API server is ready.
        identifier: the UID of namespace kube-system, which stays for the cluster's life; remembered while
            it doesn't run.
        kubernetes_version: such as `v1.36.3`.
        server: the API server's URL.
        kubeconfig: the administrator's kubeconfig.
        nodes_ready: how many nodes are ready; None where the API server doesn't answer.
        nodes: how many there are.
        metrics_ready: whether the metrics API has figures.
        data_bytes: what the cluster's folder takes on the disk.
        components: its processes.
    """

    name: str
    state: State
    identifier: str | None
    kubernetes_version: str | None
    server: str | None
    kubeconfig: Path
    nodes_ready: int | None
    nodes: int | None
    metrics_ready: bool
    data_bytes: int
    components: tuple[ComponentStatus, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give the same as plain values for JSON."""
        return asdict(self) | {"kubeconfig": str(self.kubeconfig)}


def inspect(site: Site, kubeconfig: Path) -> ClusterStatus:
    """Look at a cluster.

    Args:
        site: the cluster, which need not exist.
        kubeconfig: where its kubeconfig stands or would stand.
    """
    folder = site.folder
    definition = load(folder)
    if definition is None:
        return ClusterStatus(
            site.name, "absent", None, None, None, kubeconfig, None, None, False, _disk_usage(folder), ()
        )
    running = working_in(folder, COMPONENTS)
    components = tuple(
        ComponentStatus(
            component.name,
            component.name in running,
            running[component.name][0].pid if component.name in running else None,
            component.ports,
        )
        for component in definition.components
    )
    api = ApiServer(definition.server, site.pki)
    answers = {"etcd", "kube-apiserver"} <= set(running) and api.ready()
    nodes = ready_nodes(api) if answers else None
    state: State = "stopped"
    if running:
        state = "partly running"
        if all(component.alive for component in components):
            state = "running" if answers else "starting"
    return ClusterStatus(
        name=site.name,
        state=state,
        identifier=(system_uid(api) if answers else None) or remembered_identifier(site),
        kubernetes_version=definition.kubernetes_version,
        server=definition.server,
        kubeconfig=kubeconfig,
        nodes_ready=nodes[0] if nodes else None,
        nodes=nodes[1] if nodes else None,
        metrics_ready=answers and metrics_ready(api),
        data_bytes=_disk_usage(folder),
        components=components,
    )


def system_uid(api: ApiServer) -> str | None:
    """Read what identifies a cluster for its life: the UID of namespace kube-system.

    Returns:
        The UID; None where the server doesn't answer.
    """
    namespace = api.get("/api/v1/namespaces/kube-system")
    return None if namespace is None else str(namespace["metadata"]["uid"])


def remembered_identifier(site: Site) -> str | None:
    """Read the identifier that the cluster had when it was last up; None where it never was."""
    try:
        return site.identifier.read_text("utf-8")
    except OSError:
        return None


def _disk_usage(folder: Path) -> int:
    # What is really allocated: etcd sets aside more than it fills. Links lead to the tool chain.
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_blocks * 512
        except OSError:  # a file that etcd removed just now
            continue
    return total
