"""Renaming: a stack whose workloads live in one namespace is not moved to another by a changed setting."""

import os
from contextvars import ContextVar

from shared.held import HeldState
from shared.ownership.claim import Claim
from shared.refusal import Refusal

_VARIABLE = "ALLOW"

ALLOWED: ContextVar[str] = ContextVar("ALLOWED", default="")
"""What may be given up in this run, as `Kind/name`, separated by commas; the environment variable ALLOW says so too."""


def refuse_rename(claim: Claim, held: HeldState) -> None:
    """Refuse to leave a namespace behind that was not named.

    Source: simple-container-com/api pull 255, where a renamed namespace deleted the old one with all its tenants.

    Args:
        claim: the namespace that settings ask for now.
        held: the stack's own state.

    Raises:
        Refusal: the state has objects in another namespace, and `ALLOW=Namespace/<that one>` was not given; or it
            holds another Namespace that would not be retained, whatever was given.
    """
    _refuse_unretained(claim, held)
    given = ALLOWED.get() or os.environ.get(_VARIABLE, "")
    allowed = {item.strip().lower() for item in given.split(",")}
    for old in sorted({item.namespace for item in held.objects} - {"", claim.name}):
        if f"namespace/{old}".lower() in allowed:
            continue
        count = sum(item.namespace == old for item in held.objects)
        raise Refusal(
            f"{claim.claimant} has {count} objects in the namespace '{old}', "
            f"but {claim.file} says '{claim.name}' now: each would be made anew there and then deleted in '{old}'.",
            f"Set the namespace back to '{old}', or ask for the move by name: ALLOW=Namespace/{old}",
        )


def _refuse_unretained(claim: Claim, held: HeldState) -> None:
    for old in held.objects:
        if old.kind == "core:Namespace" and old.name != claim.name and claim.would_delete(old):
            raise Refusal(
                f"{claim.claimant} holds the namespace '{old.name}' in its state from a program without these "
                f"ownership rules; leaving it for '{claim.name}' would delete it with everything in it.",
                f"Set the namespace back to '{old.name}' in {claim.file} and deploy once, then rename it.",
            )
