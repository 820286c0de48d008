"""Settlement: from what settings ask, states export and the cluster has, to who owns the namespace."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.cluster.demand import Demand
from shared.cluster.identity import check_cluster, is_arn
from shared.cluster.live import look
from shared.contract import Contract, Infrastructure, NamespaceRecord
from shared.held import HeldState
from shared.isolation.labels import contested, namespace_labels
from shared.isolation.settlement import settle_isolation
from shared.isolation.specification import IsolationSpecification
from shared.ownership.claim import Claim
from shared.ownership.owned import Ownership, grant
from shared.ownership.reading import admit, agree
from shared.settings.application import ApplicationSettings
from shared.stack_name import StackName


@dataclass(frozen=True)
class Settlement:
    """Where an application lives, and by whose leave.

    Args:
        owner: the stack that owns the namespace, as `<project>.<stack>`.
        ownership: how this stack came by it; None where another stack owns it.
        ingress_class: the IngressClass of the cluster.
        cluster_identifier: the cluster's identifier.
        isolation: the isolation that this stack declares; None where somebody else governs the namespace.
        labels: what the isolation says on the namespace itself, where this stack owns it.
        own_kubeconfig: the kubeconfig with this stack's rights alone; None where it needs the platform's.
    """

    owner: str
    ownership: Ownership | None
    ingress_class: str
    cluster_identifier: str
    isolation: IsolationSpecification | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    own_kubeconfig: str | None = field(default=None, repr=False)


def settle(
    claim: Claim,
    here: StackName,
    source: StackName | None,
    contract: Contract,
    held: HeldState,
    *,
    settings: ApplicationSettings,
    demand: Demand,
) -> Settlement:
    """Settle an application's claim, before anything of it is declared.

    Args:
        claim: who wants which namespace.
        here: the stack that is running.
        source: the stack to read the namespace from; None to own it.
        contract: what other stacks export.
        held: the stack's own state.
        settings: the application's settings.
        demand: what the application comes to use at its largest.

    Raises:
        Refusal: the claim cannot be granted, or this is not the cluster that the stack was deployed to.
    """
    infrastructure = contract.infrastructure
    record = admit(claim, source, contract.namespaces, held.namespace(claim.name)) if source else None
    own = own_kubeconfig(claim, record, infrastructure, settings)
    recorded = infrastructure.cluster_identifier
    live = look(
        own or infrastructure.kubeconfig,
        [claim.name],
        into=claim.name,
        # A tenant's certificate, and a team's access entry on EKS, may not look at the kube-system namespace.
        identifier=recorded if own or is_arn(recorded) else None,
    )
    check_cluster(
        recorded,
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
    isolation = settle_isolation(claim, settings, infrastructure, record=record, live=live, demand=demand)
    labels = namespace_labels(isolation.resolved) if ownership and isolation else {}
    if ownership and contested(labels, found, claim.claimant):
        ownership = replace(ownership, relabels=True)
    return Settlement(
        owner=source.owner if source else claim.claimant,
        ownership=ownership,
        ingress_class=infrastructure.ingress_class,
        cluster_identifier=recorded,
        isolation=isolation,
        labels=labels,
        own_kubeconfig=own,
    )


def _service(stack: StackName) -> str:
    return stack.project.removesuffix("-service-app")


def own_kubeconfig(
    claim: Claim,
    record: NamespaceRecord | None,
    infrastructure: Infrastructure,
    settings: ApplicationSettings,
) -> str | None:
    """The kubeconfig of a tenant that the infrastructure stack exports for this stack.

    It has the deploy role in the namespaces of infrastructure that name this stack. Whoever owns or governs one needs
    more than that, and whoever lives elsewhere has no rights by it there.
    """
    named = record is not None and claim.claimant in record.tenants
    if settings.governs or not named or infrastructure.namespaces.get(claim.name) != record:
        return None
    return infrastructure.tenant_kubeconfigs.get(claim.claimant)
