"""Whether those who live in a namespace can live by the figures that it is to have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from shared.cluster.demand import Demand
from shared.cluster.live import LiveCluster
from shared.cluster.tenancy import LimitRange, LiveQuota
from shared.isolation.fit import (
    declared_limit_range,
    refuse_large_containers,
    refuse_less_than_used,
    refuse_misfit,
    refuse_silent_containers,
    tightened,
)
from shared.isolation.quota import hard_limits
from shared.isolation.resolution import Resolved
from shared.ownership.claim import Claim
from shared.settings.types import quantity_value


def refuse_tightening(
    claim: Claim,
    resolved: Resolved,
    live: LiveCluster,
    demands_in: Callable[[str], Sequence[Demand]],
    usage_in: Callable[[str], Mapping[str, str]],
) -> None:
    """Refuse figures that those who live in the namespace outgrow.

    What they may grow to is asked for where a figure is new or lowered, comes to hold for pods as a whole, or makes
    containers that say nothing larger: what stays, they have fitted into before.

    Args:
        claim: who wants which namespace.
        resolved: its figures as they are to be.
        live: what a look at the cluster found.
        demands_in: looks at what the workloads of a namespace come to use at their largest.
        usage_in: looks at what is used in a namespace now, by resource.

    Raises:
        Refusal: they use more now, or may grow to more; with the numbers.
    """
    name, their = claim.name, "the settings of these services"
    if name not in live.namespaces:
        return
    hard, allowed = hard_limits(resolved), declared_limit_range(resolved.limits)
    quota = live.quotas.get(name) or LiveQuota(used=usage_in(name))
    before = live.limits.get(name, LimitRange())
    refuse_less_than_used(name, hard, quota, quota_in=claim.file)
    without_defaults = allowed.of_pod and not before.of_pod
    fewer = tightened(hard, quota.hard)
    smaller = allowed.most if without_defaults else tightened(allowed.most, before.most)
    dearer = _risen(allowed.defaults, before.defaults)
    if not (fewer or smaller or dearer):
        return
    demands = demands_in(name)
    filled = [each.with_defaults(allowed.defaults) for each in demands]
    counted = hard if dearer and any(each.silent for each in demands) else fewer
    refuse_misfit(name, counted, filled, quota_in=claim.file, settings_in=their)
    refuse_large_containers(
        name, replace(allowed, most=smaller), filled, limits_in=claim.file, settings_in=their
    )
    if without_defaults:
        refuse_silent_containers(name, filled, limits_in=claim.file, settings_in=their)


def _risen(wanted: Mapping[str, str], live: Mapping[str, str]) -> bool:
    return any(
        quantity_value(amount) > quantity_value(live.get(resource, "0"))
        for resource, amount in wanted.items()
    )
