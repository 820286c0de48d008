"""Governing: may this stack declare a namespace's isolation, and from whom does it take it over by that?"""

from collections.abc import Collection
from dataclasses import dataclass

from shared.cluster.tenancy import LiveQuota
from shared.labels import UNOWNED
from shared.ownership.claim import Claim
from shared.refusal import Refusal
from shared.settings.isolation import GovernedBy


@dataclass(frozen=True)
class Governance:
    """Leave to declare a namespace's isolation.

    Args:
        previous_governor: whom it was taken over from, now or the last time; None for nobody.
    """

    previous_governor: str | None = None


def govern(claim: Claim, live: LiveQuota | None, leave_of: Collection[str]) -> Governance:
    """Let a stack govern a namespace, or refuse it.

    Args:
        claim: who wants to govern which namespace.
        live: its quota, by whose owner label the governor is known; None where there is none yet.
        leave_of: the stacks from which it may be taken over: the one that settings adopt from, and an owner that
            leaves it to its application.

    Raises:
        Refusal: somebody else governs it.
    """
    if live is None or live.governor in ("", claim.claimant):
        return Governance((live and live.previous_governor) or None)
    if live.governor in leave_of:
        return Governance(live.governor)
    leave = (
        f"leave it there ({claim.governed_setting}: {GovernedBy.APPLICATION})"
        if claim.governed_setting
        else f"have {live.governor} let go of it"
    )
    raise Refusal(
        f"The isolation of the namespace '{claim.name}' is governed by {live.governor}, "
        f"so {claim.claimant} cannot govern it too.",
        f"Take it over ({claim.adopt_setting}: {live.governor} in {claim.file}), or {leave}.",
    )


def agree_on_governor(
    claim: Claim, owner: str, *, wanted: GovernedBy, offered: GovernedBy, live: LiveQuota | None
) -> None:
    """Refuse where a reading stack and the namespace's owner both want to govern, or nobody does.

    Args:
        claim: who reads which namespace.
        owner: the namespace's owner, as `<project>.<stack>`.
        wanted: who is to govern by the reader's settings.
        offered: who is to govern by the owner's settings, as its exports say.
        live: the namespace's quota, by whose owner label the governor is known; None where there is none.

    Raises:
        Refusal: they don't agree.
    """
    if wanted is GovernedBy.APPLICATION and offered is GovernedBy.OWNER:
        raise Refusal(
            f"{claim.file} sets governed_by: application, but {owner}, which owns the namespace "
            f"'{claim.name}', governs it itself.",
            f"Remove governed_by, or have {owner} leave it to its application "
            f"(namespaces.{claim.name}.governed_by: application).",
        )
    governor = live.governor if live else ""
    nobody = governor in ("", owner, claim.claimant)
    if wanted is GovernedBy.OWNER and offered is GovernedBy.APPLICATION and nobody:
        raise Refusal(
            f"{owner} leaves the isolation of the namespace '{claim.name}' to its application, "
            "and no application governs it.",
            f"Set governed_by: application in {claim.file}, or have {owner} govern it.",
        )


def adopted_from(claim: Claim) -> set[str]:
    """The stack that a claim takes the namespace over from, if any."""
    return {claim.adopt_from} - {UNOWNED} if claim.adopt_from else set()
