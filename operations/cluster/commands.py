"""The verbs of the local cluster, for the command line. Each imports what it needs when it runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from operations import console, paths

if TYPE_CHECKING:
    from operations.cluster.local import LocalCluster
    from operations.cluster.status import ClusterStatus


def cluster_up() -> None:
    """Start this checkout's local cluster, or make it; its data stay.

    Raises:
        Refusal: it cannot be started, or the tool chain is not set up.
    """
    from operations.toolchain import locate  # noqa: PLC0415 - the other verbs work without a tool chain

    status = _cluster().up(locate())
    console.out.print(
        f"{status.name} is {status.state}: Kubernetes {status.kubernetes_version}, {status.server}"
    )
    console.out.print(f"  export KUBECONFIG={_shown(status)}")


def cluster_down() -> None:
    """Stop this checkout's local cluster and keep its data.

    Raises:
        Refusal: another command holds it.
    """
    cluster = _cluster()
    if cluster.down():
        console.out.print(f"{cluster.name} is stopped; its data are kept.")
    else:
        console.out.print(f"{cluster.name} was not running.")


def cluster_delete(
    name: Annotated[
        str, typer.Option(help="The cluster's exact name, as `make cluster-status` shows it.")
    ] = "",
) -> None:
    """Remove this checkout's local cluster with every namespace in it.

    Args:
        name: the cluster's exact name.

    Raises:
        Refusal: the name is not this cluster's.
    """
    _cluster().delete(name)
    console.out.print(f"{name} and its data are deleted.")


def cluster_status(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")] = False,
) -> None:
    """Show how this checkout's local cluster is.

    Args:
        as_json: print JSON.
    """
    status = _cluster().status()
    if as_json:
        print(json.dumps(status.as_dict(), indent=2))  # noqa: T201 - rich would wrap it
        return
    for table in tables(status):
        console.out.print(table)


def tables(status: ClusterStatus) -> tuple[Table, ...]:
    """Lay a status out for 80 columns: the cluster, then its processes where there are any.

    Args:
        status: what to show.
    """
    facts = Table(show_header=False, box=None, pad_edge=False)
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    rows = {
        "Cluster": status.name,
        "State": status.state,
        "Identifier": status.identifier,
        "Kubernetes": status.kubernetes_version,
        "Server": status.server,
        "Kubeconfig": _shown(status) if status.kubeconfig.exists() else None,
        "Nodes": None if status.nodes is None else f"{status.nodes_ready} of {status.nodes} ready",
        "Metrics": _metrics(status),
        "On disk": f"{status.data_bytes / 1024**2:.0f} MB" if status.data_bytes else None,
    }
    for label, value in rows.items():
        if value is not None:
            facts.add_row(label, value)
    if not status.components:
        return (facts,)
    components = Table(box=None, pad_edge=False)
    for heading in ("Component", "State", "PID", "Ports"):
        components.add_column(heading, no_wrap=True)
    for component in status.components:
        components.add_row(
            component.name,
            "running" if component.alive else "stopped",
            "-" if component.pid is None else str(component.pid),
            ", ".join(str(port) for port in component.ports),
        )
    return facts, Table.grid(), components


def _metrics(status: ClusterStatus) -> str | None:
    if status.nodes is None:
        return None
    return "ready" if status.metrics_ready else "not yet: about half a minute after a start"


def _shown(status: ClusterStatus) -> str:
    kubeconfig = status.kubeconfig
    return str(kubeconfig.relative_to(paths.ROOT) if kubeconfig.is_relative_to(paths.ROOT) else kubeconfig)


def _cluster() -> LocalCluster:
    from operations.cluster.local import LocalCluster  # noqa: PLC0415

    return LocalCluster.of_checkout()
