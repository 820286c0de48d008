"""Reading: may this stack live in a namespace that another stack owns?"""

from collections.abc import Mapping

from shared.cluster.live import LiveNamespace
from shared.contract import NamespaceRecord
from shared.held import HeldObject
from shared.ownership.claim import Claim
from shared.refusal import Refusal
from shared.stack_name import StackName


def admit(
    claim: Claim,
    source: StackName,
    records: Mapping[str, NamespaceRecord],
    held: HeldObject | None,
) -> NamespaceRecord:
    """Admit a stack to a namespace of another stack, or refuse it.

    Args:
        claim: who wants to live in which namespace.
        source: the stack that should own it.
        records: the namespaces that the source exports.
        held: the Namespace in the claimant's own state, from when it owned it.

    Returns:
        The namespace as its owner exports it.

    Raises:
        Refusal: the source does not own it, does not let the claimant in, or letting go would delete it.
    """
    record = records.get(claim.name)
    if record is None or record.owner != source.owner:
        owned = ", ".join(sorted(records)) or "none"
        raise Refusal(
            f"{claim.file} reads the namespace '{claim.name}' from {source.short}, "
            f"which does not own it (it owns: {owned}).",
            f"Set namespace_source to the stack that owns it, let {source.short} take it over first, "
            "or own it here (create_namespace: true).",
        )
    if record.tenants and claim.claimant not in record.tenants:
        raise Refusal(
            f"{claim.claimant} is no tenant of the namespace '{claim.name}' of {source.short} "
            f"(its tenants: {', '.join(record.tenants)}).",
            f"Have {claim.claimant} added to its tenants, or name another namespace in {claim.file}.",
        )
    _refuse_deletion_by_flip(claim, held)
    return record


def agree(claim: Claim, source: StackName, record: NamespaceRecord, live: LiveNamespace | None) -> None:
    """Refuse where the live namespace does not agree with what its owner exports.

    Raises:
        Refusal: it is gone, is going, was made again, or names another owner.
    """
    if live is None:
        raise Refusal(
            f"The namespace '{claim.name}' is gone from the cluster, but {source.short} still exports it.",
            f"Have {source.short} refreshed and deployed again.",
        )
    if live.terminating:
        raise Refusal(
            f"The namespace '{claim.name}' is being deleted.",
            f"Ask the owner of {source.short}; nothing can be deployed into it any more.",
        )
    if live.owner not in ("", source.owner):
        raise Refusal(
            f"The live namespace '{claim.name}' is owned by {live.owner}, not by {source.owner}, "
            f"from which {claim.file} reads it.",
            f"Set namespace_source: {live.owner.replace('.', '/', 1)} in {claim.file}.",
        )
    if record.uid and record.uid != live.uid:
        raise Refusal(
            f"The namespace '{claim.name}' was deleted and made again: its UID is {live.uid}, "
            f"{source.short} exports {record.uid}.",
            f"Have {source.short} refreshed and deployed again.",
        )


def _refuse_deletion_by_flip(claim: Claim, held: HeldObject | None) -> None:
    if held and claim.would_delete(held):
        raise Refusal(
            f"{claim.claimant} holds the namespace '{claim.name}' in its state from a program without these "
            "ownership rules; no longer declaring it would delete it with everything in it.",
            f"Set create_namespace: true in {claim.file} and deploy once, then let go of it.",
        )
