"""Settlement of an application's isolation: who governs its namespace, by which figures, and whether all fits."""

from collections.abc import Sequence

from shared.cluster.demand import Demand
from shared.cluster.live import LiveCluster
from shared.cluster.tenancy import LimitRange, LiveQuota
from shared.contract import Infrastructure, NamespaceRecord
from shared.isolation.admissible import resolve_admissible
from shared.isolation.fit import (
    declared_limit_range,
    refuse_large_containers,
    refuse_less_than_used,
    refuse_misfit,
    refuse_silent_containers,
)
from shared.isolation.governance import adopted_from, agree_on_governor, govern
from shared.isolation.quota import hard_limits
from shared.isolation.resolution import Resolved
from shared.isolation.specification import IsolationSpecification
from shared.ownership.claim import Claim
from shared.settings.application import ApplicationSettings
from shared.settings.isolation import GovernedBy


def settle_isolation(
    claim: Claim,
    settings: ApplicationSettings,
    infrastructure: Infrastructure,
    *,
    record: NamespaceRecord | None,
    live: LiveCluster,
    demand: Demand,
) -> IsolationSpecification | None:
    """Settle who governs an application's namespace, before anything of it is declared.

    Args:
        claim: who wants which namespace.
        settings: the application's settings.
        infrastructure: what the infrastructure stack exports.
        record: the namespace as its owner exports it; None where the claimant owns it.
        live: what a look at the cluster found.
        demand: what the application comes to use at its largest.

    Returns:
        The isolation that this stack declares; None where somebody else governs.

    Raises:
        Refusal: owner and application don't agree, the organization fixed something else, or it does not fit.
    """
    quota = live.quotas.get(claim.name)
    others = [other for other in live.demands if other.name != demand.name]
    if record and settings.governed_by is GovernedBy.OWNER:
        if live.looked:
            agree_on_governor(
                claim, record.owner, wanted=GovernedBy.OWNER, offered=record.governed_by, live=quota
            )
        _fit_as_guest(claim, quota, live.limits.get(claim.name, LimitRange()), others, demand)
        return None
    if record:
        agree_on_governor(
            claim, record.owner, wanted=GovernedBy.APPLICATION, offered=record.governed_by, live=quota
        )
    resolved = resolve_admissible(
        settings,
        infrastructure.organization,
        place="",
        file=claim.file,
        ingress_controllers=infrastructure.ingress_controllers,
    )
    governance = govern(claim, quota, adopted_from(claim) | ({record.owner} if record else set()))
    _fit_as_governor(claim, resolved, quota, others, demand)
    return IsolationSpecification(
        namespace=claim.name,
        governor=claim.claimant,
        previous_governor=governance.previous_governor,
        resolved=resolved,
        # Its bindings are this stack's too, so it names those who deploy with a credential of their own.
        tenants=record.tenants if record and infrastructure.tenant_kubeconfigs else (),
    )


def _fit_as_guest(
    claim: Claim, quota: LiveQuota | None, limits: LimitRange, others: Sequence[Demand], demand: Demand
) -> None:
    governor = f"the settings of {(quota and quota.governor) or 'whoever governs it'}"
    demands = [each.with_defaults(limits.defaults) for each in (*others, demand)]
    if quota:
        refuse_misfit(claim.name, quota.hard, demands, quota_in=governor, settings_in=claim.file)
    refuse_large_containers(claim.name, limits, demands[-1:], limits_in=governor, settings_in=claim.file)


def _fit_as_governor(
    claim: Claim, resolved: Resolved, quota: LiveQuota | None, others: Sequence[Demand], demand: Demand
) -> None:
    hard, limits = hard_limits(resolved), declared_limit_range(resolved.limits)
    demands = [each.with_defaults(limits.defaults) for each in (*others, demand)]
    their = "their settings" if others else claim.file
    if quota:
        refuse_less_than_used(claim.name, hard, quota, quota_in=claim.file)
    refuse_misfit(claim.name, hard, demands, quota_in=claim.file, settings_in=claim.file)
    refuse_large_containers(claim.name, limits, demands, limits_in=claim.file, settings_in=their)
    refuse_silent_containers(claim.name, demands, limits_in=claim.file, settings_in=their)
