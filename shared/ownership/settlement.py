"""Settlement: from what settings ask, states export and the cluster has, to who owns the namespace."""

from dataclasses import dataclass

from shared.cluster.identity import check_cluster
from shared.cluster.live import look
from shared.contract import Contract
from shared.held import HeldState
from shared.ownership.claim import Claim
from shared.ownership.owned import Ownership, grant
from shared.ownership.reading import admit, agree
from shared.stack_name import StackName


@dataclass(frozen=True)
class Settlement:
    """Where an application lives, and by whose leave.

    Args:
        owner: the stack that owns the namespace, as `<project>.<stack>`.
        ownership: how this stack came by it; None where another stack owns it.
        ingress_class: the IngressClass of the cluster.
        cluster_identifier: the cluster's identifier.
    """

    owner: str
    ownership: Ownership | None
    ingress_class: str
    cluster_identifier: str


def settle(
    claim: Claim, here: StackName, source: StackName | None, contract: Contract, held: HeldState
) -> Settlement:
    """Settle an application's claim, before anything of it is declared.

    Args:
        claim: who wants which namespace.
        here: the stack that is running.
        source: the stack to read the namespace from; None to own it.
        contract: what other stacks export.
        held: the stack's own state.

    Raises:
        Refusal: the claim cannot be granted, or this is not the cluster that the stack was deployed to.
    """
    infrastructure = contract.infrastructure
    record = admit(claim, source, contract.namespaces, held.namespace(claim.name)) if source else None
    live = look(infrastructure.kubeconfig, [claim.name])
    check_cluster(
        infrastructure.cluster_identifier,
        live,
        held,
        stack=here.short,
        forget=f"make app-forget SERVICE={_service(here)} ENV={here.stack}",
    )
    found = live.namespaces.get(claim.name)
    ownership = None
    if source and record:
        if live.looked:
            agree(claim, source, record, found)
    elif live.looked:
        ownership = grant(claim, held.namespace(claim.name), found)
    else:
        ownership = Ownership()
    return Settlement(
        owner=source.owner if source else claim.claimant,
        ownership=ownership,
        ingress_class=infrastructure.ingress_class,
        cluster_identifier=infrastructure.cluster_identifier,
    )


def _service(stack: StackName) -> str:
    return stack.project.removesuffix("-service-app")
