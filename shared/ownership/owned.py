"""Owning: may this stack declare the namespace, and does it take it over from somebody by that?"""

from dataclasses import dataclass, replace

from shared.cluster.live import LiveNamespace
from shared.held import Applied, HeldObject
from shared.labels import FORCE, UNOWNED
from shared.ownership.claim import Claim
from shared.refusal import Refusal


@dataclass(frozen=True)
class Ownership:
    """A claim that was granted.

    Args:
        takes_over: whether the owner label of somebody else is to be replaced.
        previous_owner: whom it was taken over from, now or the last time; None for never.
        relabels: whether a label of its isolation is to be replaced that somebody else gave it.
        forced: what it was last applied with, where that was by force.
    """

    takes_over: bool = False
    previous_owner: str | None = None
    relabels: bool = False
    forced: Applied | None = None


def grant(claim: Claim, held: HeldObject | None, live: LiveNamespace | None) -> Ownership:
    """Grant a claim to own a namespace, or refuse it.

    Args:
        claim: who wants which namespace.
        held: the Namespace in the claimant's own state, if any.
        live: the live namespace, if there is one.

    Raises:
        Refusal: it is somebody else's, is gone, is going, or is not the one that the state describes.
    """
    granted = _granted(claim, held, live)
    if held and FORCE in held.applied.annotations:
        return replace(granted, forced=held.applied)
    return granted


def _granted(claim: Claim, held: HeldObject | None, live: LiveNamespace | None) -> Ownership:
    if live is None:
        return _absent(claim, held)
    _refuse_terminating(claim, live)
    if live.owner not in ("", claim.claimant):
        return _owned_by_another(claim, held, live)
    if held and held.uid and held.uid != live.uid:
        raise Refusal(
            f"The namespace '{claim.name}' was deleted and made again since {claim.claimant} last ran: "
            f"its UID is {live.uid}, the stack's state says {held.uid}.",
            f"Make the state agree with the cluster first: {claim.refresh}",
        )
    if live.owner == claim.claimant:
        return Ownership(previous_owner=live.previous_owner or None)
    return _owned_by_nobody(claim, held)


def _absent(claim: Claim, held: HeldObject | None) -> Ownership:
    if held:
        raise Refusal(
            f"The namespace '{claim.name}' is gone from the cluster, with everything in it, "
            f"but {claim.claimant} still holds it in its state.",
            f"If that was meant, make the state agree with the cluster and deploy again: {claim.refresh}",
        )
    if claim.adopt_from:
        raise Refusal(
            f"{claim.file} sets {claim.adopt_setting}: {claim.adopt_from}, "
            f"but there is no namespace '{claim.name}' to take over.",
            f"Remove {claim.adopt_setting} to create it, or correct the namespace's name.",
        )
    return Ownership()


def _refuse_terminating(claim: Claim, live: LiveNamespace) -> None:
    if live.terminating:
        raise Refusal(
            f"The namespace '{claim.name}' is being deleted.",
            f"Wait until it is gone (kubectl get namespace {claim.name}), then run the command again.",
        )


def _owned_by_another(claim: Claim, held: HeldObject | None, live: LiveNamespace) -> Ownership:
    owner = live.owner
    if claim.adopt_from == owner:
        if held and held.owner == claim.claimant and held.previous_owner == owner:
            raise Refusal(
                f"{claim.claimant} took the namespace '{claim.name}' over from {owner} once already, "
                f"and {owner} has taken it back since.",
                f"Remove {claim.adopt_setting} from {claim.file} and let go of it (create_namespace: false, "
                "then up); after that it can be taken over anew.",
            )
        return Ownership(takes_over=True, previous_owner=owner)
    if claim.adopt_from:
        raise Refusal(
            f"{claim.file} sets {claim.adopt_setting}: {claim.adopt_from}, "
            f"but the namespace '{claim.name}' is owned by {owner}.",
            f"Set {claim.adopt_setting}: {owner} if that is the stack to take it over from.",
        )
    since = f" It took it over from {claim.claimant}." if live.previous_owner == claim.claimant else ""
    raise Refusal(
        f"The namespace '{claim.name}' is owned by {owner}, so {claim.claimant} cannot own it too.{since}",
        f"In {claim.file}, either live in it (create_namespace: false, namespace_source: {_slashed(owner)}) "
        f"or take it over ({claim.adopt_setting}: {owner}).",
    )


def _owned_by_nobody(claim: Claim, held: HeldObject | None) -> Ownership:
    if held:
        # The seed's program, or a label that somebody removed: the state proves that the object is this stack's.
        return Ownership()
    if claim.adopt_from == UNOWNED:
        return Ownership(takes_over=True, previous_owner=UNOWNED)
    if claim.adopt_from:
        raise Refusal(
            f"{claim.file} sets {claim.adopt_setting}: {claim.adopt_from}, "
            f"but nobody owns the namespace '{claim.name}'.",
            f"Set {claim.adopt_setting}: {UNOWNED} to take it over all the same.",
        )
    raise Refusal(
        f"The namespace '{claim.name}' exists already and no stack owns it.",
        f"In {claim.file}, take it over ({claim.adopt_setting}: {UNOWNED}) or choose another name.",
    )


def _slashed(owner: str) -> str:
    return owner.replace(".", "/", 1)
