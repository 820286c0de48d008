"""Which stack manages a namespace's isolation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.config.isolation import GovernedBy
from shared.config.types import quantity_value
from shared.contract import NamespaceRecord
from shared.errors import Refusal
from shared.isolation.objects import hard_limits
from shared.isolation.resolution import Resolved
from shared.kube.observed import QUOTA, ObservedCluster, ObservedQuota
from shared.ownership.claim import Claim
from shared.state import State


@dataclass(frozen=True)
class ManagedIsolation:
    """The isolation that a stack declares for a namespace.

    Args:
        previous_manager: the stack that managed it before, now or the last time; empty for none.
        tenants: the stacks, as `<project>.<stack>`, that deploy with a credential of their own.
    """

    resolved: Resolved
    previous_manager: str = ""
    tenants: tuple[str, ...] = ()


def manage_isolation(
    claim: Claim,
    resolved: Resolved | None,
    state: State,
    cluster: ObservedCluster | None,
    *,
    record: NamespaceRecord | None = None,
    tenants: Sequence[str] = (),
) -> ManagedIsolation | None:
    """Decide the isolation that the claimant declares for a namespace; None where another stack manages it.

    `resolved` is the isolation by the claimant's settings; the rest is as for `decide()`.
    """
    quota = cluster.quotas.get(claim.name) if cluster else None
    if record and cluster:
        _check_agreement(claim, record, quota)
    if not claim.manages_isolation or not resolved:
        return None
    if cluster:
        previous = _previous_manager(claim, quota, record)
    else:
        known = state.find("core:ResourceQuota", QUOTA, claim.name)
        previous = known.previous_owner if known else ""
    if quota:
        refuse_less_than_used(claim.name, hard_limits(resolved), quota, quota_in=claim.file)
    return ManagedIsolation(resolved, previous, tuple(tenants))


def _check_agreement(claim: Claim, record: NamespaceRecord, quota: ObservedQuota | None) -> None:
    """Refuse where both an application and the namespace's owner want to manage its isolation, or neither does."""
    wanted, offered = claim.managed_by, record.governed_by
    if wanted is GovernedBy.APPLICATION and offered is GovernedBy.OWNER:
        raise Refusal(
            f"{claim.file} sets governed_by: application, but {record.owner}, which owns the namespace "
            f"'{claim.name}', manages its isolation itself.",
            f"Remove governed_by, or have {record.owner} leave it to its application "
            f"(namespaces.{claim.name}.governed_by: application).",
        )
    unmanaged = (quota.manager if quota else "") in ("", record.owner, claim.claimant.owner)
    if wanted is GovernedBy.OWNER and offered is GovernedBy.APPLICATION and unmanaged:
        raise Refusal(
            f"{record.owner} leaves the isolation of the namespace '{claim.name}' to its application, "
            "and no application manages it.",
            f"Set governed_by: application in {claim.file}, or have {record.owner} manage it.",
        )


def _previous_manager(claim: Claim, quota: ObservedQuota | None, record: NamespaceRecord | None) -> str:
    """The stack that the isolation is adopted from, by the owner label of the namespace's quota."""
    if quota is None or quota.manager in ("", claim.claimant.owner):
        return quota.previous_manager if quota else ""
    if quota.manager in (claim.adopt_from, record.owner if record else ""):
        return quota.manager
    leave = (
        f"leave it there ({claim.place}governed_by: {GovernedBy.APPLICATION})"
        if claim.place
        else f"have {quota.manager} release it"
    )
    raise Refusal(
        f"The isolation of the namespace '{claim.name}' is managed by {quota.manager}, "
        f"so {claim.claimant} cannot manage it too.",
        f"Adopt it ({claim.adopt_setting}: {quota.manager} in {claim.file}), or {leave}.",
    )


def refuse_less_than_used(
    namespace: str, hard: Mapping[str, str], observed: ObservedQuota, *, quota_in: str
) -> None:
    """Refuse to lower a quota below what is in use: running pods would stay, and none could be replaced.

    An unchanged figure is not refused, even where more is in use.
    """
    lines = []
    for resource, limit in hard.items():
        used, before = observed.used.get(resource, "0"), observed.hard.get(resource)
        lowered = before is None or quantity_value(limit) < quantity_value(before)
        if lowered and quantity_value(limit) < quantity_value(used):
            lines.append(f"    {resource}: {used} in use, the quota would be {limit}")
    if lines:
        raise Refusal(
            f"The namespace '{namespace}' uses more than its quota would allow:\n" + "\n".join(lines),
            f"Raise the quota in {quota_in} (profile, or isolation.quota), or use less first.",
        )
