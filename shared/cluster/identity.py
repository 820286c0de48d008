"""Whether a stack has the cluster before it that it had the last time."""

from shared.cluster.live import LiveCluster
from shared.held import HeldState
from shared.refusal import Refusal

_ARN = "arn:"


def is_arn(identifier: str) -> bool:
    """Whether an identifier is EKS's ARN, which a look at the cluster cannot find out."""
    return identifier.startswith(_ARN)


def check_cluster(identifier: str, live: LiveCluster, held: HeldState, *, stack: str, forget: str) -> None:
    """Refuse where the cluster at hand is not the one that the contract or the stack's state names.

    Args:
        identifier: the contract's `cluster_identifier`.
        live: what a look at the cluster found.
        held: the stack's own state.
        stack: the stack's name as people write it.
        forget: the command by which the stack forgets a cluster that is no more.

    Raises:
        Refusal: the kubeconfig leads elsewhere, or the cluster was replaced.
    """
    if live.looked and not is_arn(identifier) and live.identifier != identifier:
        raise Refusal(
            f"The kubeconfig leads to the cluster {live.identifier}, not to {identifier}, "
            "which the infrastructure stack exports.",
            "Point it at the right cluster, or deploy the infrastructure stack again.",
        )
    before = held.outputs.get("cluster_identifier")
    if before and before != identifier:
        raise Refusal(
            f"{stack} was deployed to the cluster {before}; the one at hand is {identifier}.",
            "If the old cluster still exists, point the infrastructure stack back at it. "
            f"If it is gone with all that was on it: {forget}",
        )
