"""The picture after `make up`: which stack lives where, who owns that namespace, and whether it serves."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from operations.console import out
from operations.engine.project import StackId
from operations.engine.stack import EngineStack
from operations.stacks.connection import infrastructure_of
from operations.stacks.fleet import stacks_of
from operations.stacks.kubeconfig import exported_kubeconfig
from operations.stacks.state import outputs, read_state
from operations.toolchain import Toolchain
from shared.cluster.api import cluster_api
from shared.labels import OWNER


def overview(environment: str, toolchain: Toolchain) -> None:
    """Print a table of an environment's application stacks, from their outputs and the live cluster.

    Args:
        environment: which environment.
        toolchain: where the engine is.
    """
    table = Table(title=f"Environment {environment}", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("Stack", "Namespace", "Its live owner", "Pods ready"):
        table.add_column(heading, overflow="fold")
    kubeconfigs = cache(lambda platform: exported_kubeconfig(platform, toolchain))
    rows = [_row(stack, toolchain, kubeconfigs) for stack in stacks_of(environment)]
    for *cells, _ in rows:
        table.add_row(*cells)
    out.print(table)
    for label, *_, url in rows:
        out.print(f"  {label}  {url}")


def _row(stack: StackId, toolchain: Toolchain, kubeconfigs: Callable[[StackId], str]) -> tuple[str, ...]:
    exported = outputs(read_state(EngineStack(stack, toolchain)))
    if not exported:
        return (stack.label, "-", "-", "not deployed", "-")
    owner, ready = _live(kubeconfigs(infrastructure_of(stack)), exported)
    return (stack.label, exported["namespace"], owner, ready, exported["url"])


def _live(kubeconfig: str, exported: Mapping[str, Any]) -> tuple[str, str]:
    name, deployment = exported["namespace"], exported["deployment_name"]
    with cluster_api(kubeconfig) as api:
        namespace = api.get(f"/api/v1/namespaces/{name}")
        live = api.get(f"/apis/apps/v1/namespaces/{name}/deployments/{deployment}")
    owner = (namespace or {}).get("metadata", {}).get("labels", {}).get(OWNER, "nobody")
    status = (live or {}).get("status", {})
    return owner if namespace else "(gone)", f"{status.get('readyReplicas', 0)}/{status.get('replicas', 0)}"
