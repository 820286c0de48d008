"""Taking the infrastructure down: only where nobody lives on the cluster any more."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from operations.console import err
from operations.engine.project import StackId, own_setting
from operations.engine.report import tally
from operations.engine.runs import StackMissing
from operations.engine.stack import EngineStack
from operations.stacks.state import StateNamespace, namespaces, read_state
from operations.toolchain import Toolchain
from shared.cluster.api import ClusterApi, cluster_api
from shared.labels import OWNER
from shared.refusal import Refusal

_INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
_SERVICES = "/api/v1/services"


def take_infrastructure_down(stack: StackId, toolchain: Toolchain) -> None:
    """Delete what the infrastructure stack provisioned: its guards, and on a cluster of its own the cluster.

    Args:
        stack: the infrastructure stack.
        toolchain: where the engine is.

    Raises:
        Refusal: a namespace on the cluster has an owner, or a cluster of the stack's own would leave something
            behind or is protected; all of them are listed.
        EngineFailure: the deletion failed; running it again goes on.
    """
    engine = EngineStack(stack, toolchain)
    makes_cluster = own_setting(stack, "cluster") == "eks"
    kubeconfig = engine.outputs(show_secrets=True).get("kubeconfig")
    if not kubeconfig and not makes_cluster:
        err.print(f"{stack.label}: nothing to take down.")
        return
    if makes_cluster:
        _refuse_protected(stack)
    _refuse_unretained(stack, namespaces(read_state(engine)))
    # Without a kubeconfig the first run never came to its end, and nobody could have come to live there.
    if kubeconfig:
        with cluster_api(str(kubeconfig)) as api:
            _refuse_tenants(api, stack)
            if makes_cluster:
                _refuse_load_balancers(api, stack)
    try:
        outcome = engine.destroy()
    except StackMissing:
        err.print(f"{stack.label}: nothing to take down.")
        return
    err.print(f"{stack.label}: {tally(outcome.steps)}.")


def _refuse_protected(stack: StackId) -> None:
    settings = own_setting(stack, "eks")
    if not isinstance(settings, Mapping) or settings.get("deletion_protection", True):
        raise Refusal(
            f"{stack.label} makes a cluster that is protected from deletion (eks.deletion_protection).",
            f"Set eks.deletion_protection: false in Pulumi.{stack.environment}.yaml, deploy that "
            f"({stack.up}), and run this command again.",
        )


def _refuse_unretained(stack: StackId, held: Sequence[StateNamespace]) -> None:
    """A Namespace that another program declared goes with its stack, with everything in it."""
    if lost := [namespace.name for namespace in held if not namespace.retained]:
        raise Refusal(
            f"{stack.label} is not taken down: its state holds namespaces from a program without these ownership "
            f"rules, and would delete them with everything in them: {', '.join(lost)}.",
            f"Name them in the setting namespaces and deploy once ({stack.up}).",
        )


def _refuse_tenants(api: ClusterApi, stack: StackId) -> None:
    owned = (api.get(f"/api/v1/namespaces?labelSelector={quote(OWNER)}") or {})["items"]
    if owned:
        lines = "\n".join(
            f"    {item['metadata']['name']} ({item['metadata']['labels'][OWNER]})" for item in owned
        )
        raise Refusal(
            f"{stack.label} is not taken down, since it guards namespaces that are in use:\n{lines}",
            "Delete each by name first: make app-down SERVICE=... DELETE_NAMESPACE=...",
        )


def _refuse_load_balancers(api: ClusterApi, stack: StackId) -> None:
    """What the cluster's controller made in AWS is unknown to the engine, and would hold the network."""
    left = [_title("Ingress", item) for item in _items(api, _INGRESSES)]
    left += [
        _title("Service", item)
        for item in _items(api, _SERVICES)
        if item.get("spec", {}).get("type") == "LoadBalancer"
    ]
    if left:
        lines = "\n".join(f"    {title}" for title in left)
        raise Refusal(
            f"{stack.label} is not taken down, since the load balancers of these would be left behind:\n{lines}",
            "Delete them first (kubectl delete), and wait until they are gone.",
        )


def _items(api: ClusterApi, path: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = (api.get(path) or {}).get("items", [])
    return found


def _title(kind: str, item: Mapping[str, Any]) -> str:
    return f"{kind}/{item['metadata']['name']} in {item['metadata']['namespace']}"
