"""The picture after `make up`: which stack lives where, who owns that namespace, and whether it serves."""

from collections.abc import Mapping
from typing import Any

from kubernetes.client import AppsV1Api, CoreV1Api
from rich.table import Table

from operations.console import out
from operations.engine.project import StackId
from operations.engine.stack import EngineStack
from operations.stacks.connection import infrastructure_of
from operations.stacks.fleet import stacks_of
from operations.toolchain import Toolchain
from shared.cluster.api import REQUEST_TIMEOUT, api_client
from shared.labels import OWNER


def overview(environment: str, toolchain: Toolchain) -> None:
    """Print a table of an environment's application stacks, from their outputs and the live cluster.

    Args:
        environment: which environment.
        toolchain: where the engine is.
    """
    table = Table(title=f"Environment {environment}", title_justify="left")
    for heading in ("Stack", "Namespace", "Owner (live)", "Pods ready", "URL"):
        table.add_column(heading, overflow="fold")
    for stack in stacks_of(environment):
        table.add_row(*_row(stack, toolchain))
    out.print(table)


def _row(stack: StackId, toolchain: Toolchain) -> tuple[str, ...]:
    outputs = EngineStack(stack, toolchain).outputs()
    if not outputs:
        return (stack.label, "-", "-", "not deployed", "-")
    kubeconfig = EngineStack(infrastructure_of(stack), toolchain).outputs(show_secrets=True)["kubeconfig"]
    owner, ready = _live(str(kubeconfig), outputs)
    return (stack.label, outputs["namespace"], owner, ready, outputs["url"])


def _live(kubeconfig: str, outputs: Mapping[str, Any]) -> tuple[str, str]:
    with api_client(kubeconfig) as client:
        namespace = CoreV1Api(client).read_namespace(outputs["namespace"], _request_timeout=REQUEST_TIMEOUT)
        status = (
            AppsV1Api(client)
            .read_namespaced_deployment_status(
                outputs["deployment_name"], outputs["namespace"], _request_timeout=REQUEST_TIMEOUT
            )
            .status
        )
    owner = (namespace.metadata.labels or {}).get(OWNER, "nobody")
    return owner, f"{status.ready_replicas or 0}/{status.replicas or 0}"
