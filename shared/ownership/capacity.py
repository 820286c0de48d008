"""Capacity: whether the services of a namespace, at their largest, fit into its quota and its limit range."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from shared.config.types import quantity_value
from shared.errors import Refusal
from shared.isolation.objects import hard_limits, limit_range
from shared.kube.observed import (
    RESOURCES,
    Demand,
    LimitRange,
    ObservedCluster,
    ObservedQuota,
    observed_limits,
)
from shared.ownership.claim import Claim
from shared.ownership.management import ManagedIsolation

_MEBIBYTE = 1024**2

_ALSO_CALLED = {"cpu": "requests.cpu", "memory": "requests.memory", "count/pods": "pods"}
"""What a quota may call the same: https://kubernetes.io/docs/concepts/policy/resource-quotas/"""


def check_fit(
    claim: Claim, isolation: ManagedIsolation | None, cluster: ObservedCluster | None, own: Sequence[Demand]
) -> None:
    """Refuse where the claimant's own workloads at their largest, with all others, do not fit into the namespace.

    `isolation` is what the claimant declares for it; None where another stack manages it.
    """
    names = {one.name for one in own}
    others = [
        one
        for one in (cluster.demands if cluster else ())
        if one.name not in names and one.owner != claim.claimant.owner
    ]
    everyone, services = [*others, *own], claim.file
    hard: Mapping[str, str]
    # A manager's limit range is checked for everyone's containers, another one's for the claimant's own.
    if isolation:
        resolved, manager, checked = isolation.resolved, claim.file, everyone
        hard, limits = hard_limits(resolved), observed_limits({"spec": limit_range(resolved)})
        if claim.place or len(everyone) > 1:
            services = "the settings of these services"
    elif cluster and own:
        quota, limits, checked = cluster.quotas.get(claim.name, ObservedQuota()), cluster.limits, [*own]
        hard, manager = quota.hard, f"the settings of {quota.manager or 'the stack that manages it'}"
    else:
        return
    refuse_over_quota(
        claim.name, hard, with_defaults(everyone, limits), quota_in=manager, settings_in=services
    )
    filled = with_defaults(checked, limits)
    refuse_unfit_containers(claim.name, limits, filled, limits_in=manager, settings_in=services)
    if isolation and limits.of_pod:
        refuse_without_defaults(claim.name, filled, limits_in=manager, settings_in=services)
    if not cluster or not own:
        return
    for name, theirs in cluster.other_quotas.items():
        where = f"the ResourceQuota {name}, which is not this platform's"
        hard = {_ALSO_CALLED.get(resource, resource): amount for resource, amount in theirs.hard.items()}
        refuse_over_quota(claim.name, hard, everyone, quota_in=where, settings_in=claim.file)
    for name, limits in cluster.other_limits.items():
        where = f"the LimitRange {name}, which is not this platform's"
        refuse_unfit_containers(claim.name, limits, own, limits_in=where, settings_in=claim.file)


def with_defaults(demands: Iterable[Demand], limits: LimitRange) -> list[Demand]:
    """The demands after a limit range has filled in missing requests and limits."""
    given = {resource: quantity_value(amount) for resource, amount in limits.defaults.items()}
    return [
        replace(demand, containers=tuple({**given, **one} for one in demand.containers)) for demand in demands
    ]


def refuse_over_quota(
    namespace: str, hard: Mapping[str, str], demands: Sequence[Demand], *, quota_in: str, settings_in: str
) -> None:
    """Refuse where the services of a namespace can grow to more than its quota.

    Otherwise the autoscaler, or the next rollout, stops at the quota without a message. As below, `demands` have the
    limit range's defaults, and the refusal names where each side is set: `quota_in`, `limits_in`, `settings_in`.
    """
    lines = []
    for resource in (*RESOURCES, "pods"):
        needed = {demand.name: demand.total(resource) for demand in demands}
        total = sum(needed.values(), Fraction(0))
        if resource in hard and total > quantity_value(hard[resource]):
            terms = " + ".join(f"{name} {_shown(resource, amount)}" for name, amount in needed.items())
            lines.append(
                f"    {resource}: {terms} = {_shown(resource, total)}, the quota has {hard[resource]}"
            )
    if lines:
        raise Refusal(
            f"The services in the namespace '{namespace}' do not fit into its quota, "
            "at most replicas and during a rollout:\n" + "\n".join(lines),
            f"Lower max_replicas, requests or limits in {settings_in}, or raise the quota in {quota_in} "
            "(profile, or isolation.quota).",
        )


def refuse_unfit_containers(
    namespace: str, limits: LimitRange, demands: Sequence[Demand], *, limits_in: str, settings_in: str
) -> None:
    """Refuse containers above the maximum of a limit range."""
    whom = "a pod" if limits.of_pod else "a container"
    lines = []
    for demand in demands:
        for resource, most in limits.most.items():
            asked = [one.get(resource, Fraction(0)) for one in demand.containers]
            largest = sum(asked, Fraction(0)) if limits.of_pod else max(asked, default=Fraction(0))
            if largest > quantity_value(most):
                told = f"{resource} is {_shown(resource, largest)}, {whom} there may have {most}"
                lines.append(f"    {demand.name}: {told}")
    if lines:
        raise Refusal(
            f"Containers exceed the maximum of the namespace '{namespace}':\n" + "\n".join(lines),
            f"Lower cpu_limit and memory_limit in {settings_in}, or raise isolation.limits.max_cpu and max_memory "
            f"in {limits_in}.",
        )


def refuse_without_defaults(
    namespace: str, demands: Sequence[Demand], *, limits_in: str, settings_in: str
) -> None:
    """Refuse containers without requests or limits where no limit range fills them in: a quota refuses their pods."""
    lines = [
        f"    {demand.name}: a container does not set {' or '.join(missing)}"
        for demand in demands
        if (missing := [name for name in RESOURCES if any(name not in one for one in demand.containers)])
    ]
    if lines:
        raise Refusal(
            f"Services in the namespace '{namespace}' need the defaults of its limit range:\n"
            + "\n".join(lines),
            f"Give requests and limits to every container in {settings_in}, or leave isolation.limits.defaults: true "
            f"in {limits_in}.",
        )


def _shown(resource: str, amount: Fraction) -> str:
    return f"{float(amount / _MEBIBYTE):.0f}Mi" if resource.endswith("memory") else f"{float(amount):g}"
