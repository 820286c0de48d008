"""The namespaces that the platform owns, by the same rules as everybody's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from infrastructure.settings import InfrastructureSettings, PlatformNamespace
from infrastructure.tenant_credentials import credential_tenants
from infrastructure.tightening import refuse_tightening
from shared.cluster.demand import Demand
from shared.cluster.live import LiveCluster
from shared.held import HeldState
from shared.isolation.admissible import resolve_admissible
from shared.isolation.component import Isolation
from shared.isolation.governance import adopted_from, govern
from shared.isolation.labels import contested, namespace_labels
from shared.isolation.specification import IsolationSpecification
from shared.ownership.claim import Claim
from shared.ownership.namespace import declare_namespace, namespace_record
from shared.ownership.owned import Ownership, grant
from shared.refusal import Refusal
from shared.settings.isolation import GovernedBy, Peer
from shared.settings.source import settings_file
from shared.stack_name import StackName


@dataclass(frozen=True)
class Granted:
    """A claim to a namespace that was granted.

    Args:
        ownership: how the stack came by it.
        isolation: the isolation that it declares; None where it leaves that to the namespace's application.
        labels: what the isolation says on the namespace itself.
    """

    ownership: Ownership
    labels: Mapping[str, str]
    isolation: IsolationSpecification | None = None


def grant_namespaces(
    settings: InfrastructureSettings,
    here: StackName,
    held: HeldState,
    live: LiveCluster,
    *,
    demands_in: Callable[[str], Sequence[Demand]],
    usage_in: Callable[[str], Mapping[str, str]],
    ingress_controllers: tuple[Peer, ...] | None = None,
) -> dict[str, Granted]:
    """Grant the claims to all namespaces that the settings name, or refuse all of them in one message.

    Args:
        settings: the stack's settings.
        here: the infrastructure stack.
        held: its own state.
        live: what a look at the cluster found.
        demands_in: looks at what the workloads of a namespace come to use at their largest.
        usage_in: looks at what is used in a namespace now, by resource.
        ingress_controllers: where requests from outside come from on this cluster; None where it does not say.

    Raises:
        Refusal: one of them or more cannot be granted.
    """
    granted: dict[str, Granted] = {}
    refusals: list[Refusal] = []
    for name, wanted in settings.namespaces.items():
        claim = Claim(
            name=name,
            claimant=here.owner,
            file=settings_file(),
            adopt_from=wanted.adopt_from,
            adopt_setting=f"namespaces.{name}.adopt_from",
            governed_setting=f"namespaces.{name}.governed_by",
            refresh=f"make infra-refresh ENV={here.stack}",
        )
        try:
            granted[name] = _grant(
                claim,
                wanted,
                settings,
                held=held,
                live=live,
                demands_in=demands_in,
                usage_in=usage_in,
                ingress_controllers=ingress_controllers,
            )
        except Refusal as refusal:
            refusals.append(refusal)
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise Refusal(
            f"{len(refusals)} namespaces cannot be owned by {here.owner}:\n"
            + "\n".join(f"  - {refusal}" for refusal in refusals),
            "Nothing was changed.",
        )
    return granted


def _grant(
    claim: Claim,
    wanted: PlatformNamespace,
    settings: InfrastructureSettings,
    *,
    held: HeldState,
    live: LiveCluster,
    demands_in: Callable[[str], Sequence[Demand]],
    usage_in: Callable[[str], Mapping[str, str]],
    ingress_controllers: tuple[Peer, ...] | None,
) -> Granted:
    found = live.namespaces.get(claim.name)
    ownership = grant(claim, held.namespace(claim.name), found) if live.looked else Ownership()
    resolved = resolve_admissible(
        wanted,
        settings.organization,
        place=f"namespaces.{claim.name}.",
        file=claim.file,
        ingress_controllers=ingress_controllers,
    )
    labels = namespace_labels(resolved)
    ownership = replace(ownership, relabels=contested(labels, found, claim.claimant))
    if wanted.governed_by is GovernedBy.APPLICATION:
        return Granted(ownership, labels)
    refuse_tightening(claim, resolved, live, demands_in, usage_in)
    isolation = IsolationSpecification(
        namespace=claim.name,
        governor=claim.claimant,
        previous_governor=govern(claim, live.quotas.get(claim.name), adopted_from(claim)).previous_governor,
        resolved=resolved,
        tenants=wanted.tenants if credential_tenants(settings) else (),
    )
    return Granted(ownership, labels, isolation)


def declare_namespaces(
    wanted: Mapping[str, PlatformNamespace],
    granted: pulumi.Input[Mapping[str, Granted]],
    here: StackName,
    provider: kubernetes.Provider,
) -> dict[str, dict[str, Any]]:
    """Declare the namespaces with their isolation, and return the contract's records of them, by name.

    Args:
        wanted: the namespaces by name.
        granted: the granted claims; an output where the cluster is yet to be made.
        here: the infrastructure stack.
        provider: the connection to the cluster.
    """
    claims = pulumi.Output.from_input(granted)
    records: dict[str, dict[str, Any]] = {}
    for name, settings in wanted.items():
        claim = claims.apply(itemgetter(name))
        namespace = declare_namespace(
            name,
            here.owner,
            claim.apply(lambda claim: claim.ownership),
            provider,
            labels=claim.apply(lambda claim: claim.labels),
            protect=settings.protect_namespace,
        )
        if settings.governed_by is GovernedBy.OWNER:
            isolation = pulumi.Output.all(claim, namespace.metadata["name"]).apply(
                lambda known: replace(known[0].isolation, namespace=known[1])
            )
            Isolation(isolation, namespace=name, provider=provider)
        records[name] = namespace_record(namespace, here.owner, settings.tenants, settings.governed_by)
    return records
