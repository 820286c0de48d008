"""Taking the infrastructure down: only where nobody lives on the cluster any more."""

from urllib.parse import quote

from operations.console import err
from operations.engine.project import StackId
from operations.engine.report import tally
from operations.engine.stack import EngineStack
from operations.toolchain import Toolchain
from shared.cluster.api import cluster_api
from shared.labels import OWNER
from shared.refusal import Refusal


def take_infrastructure_down(stack: StackId, toolchain: Toolchain) -> None:
    """Delete what the infrastructure stack provisioned: its guards, and on a cluster of its own the cluster.

    Args:
        stack: the infrastructure stack.
        toolchain: where the engine is.

    Raises:
        Refusal: a namespace on the cluster has an owner; all of them are listed.
        EngineFailure: the deletion failed; running it again goes on.
    """
    engine = EngineStack(stack, toolchain)
    kubeconfig = engine.outputs(show_secrets=True).get("kubeconfig")
    if not kubeconfig:
        err.print(f"{stack.label}: nothing to take down.")
        return
    _refuse_tenants(str(kubeconfig), stack)
    outcome = engine.destroy()
    err.print(f"{stack.label}: {tally(outcome.steps)}.")


def _refuse_tenants(kubeconfig: str, stack: StackId) -> None:
    with cluster_api(kubeconfig) as api:
        owned = (api.get(f"/api/v1/namespaces?labelSelector={quote(OWNER)}") or {})["items"]
    if owned:
        lines = "\n".join(
            f"    {item['metadata']['name']} ({item['metadata']['labels'][OWNER]})" for item in owned
        )
        raise Refusal(
            f"{stack.label} is not taken down, since it guards namespaces that are in use:\n{lines}",
            "Delete each by name first: make app-down SERVICE=... DELETE_NAMESPACE=...",
        )
