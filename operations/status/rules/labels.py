"""The owner label against the states: is the live owner a stack that knows of it?"""

from collections.abc import Iterator

from operations.status.disagreement import Disagreement
from operations.status.facts import ClusterFacts, StackFacts, wish_of
from operations.status.namespaces import NamespaceFacts
from operations.status.remedies import adoption, move, ownership, refresh, up


def owner_label_lost(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """A state holds it, the live namespace names no owner."""
    if namespace.live is None or namespace.live.owner:
        return
    for stack in namespace.holders:
        held = stack.held(namespace.name)
        if held and held.owner:
            yield Disagreement(
                "owner-label-lost",
                f"The live namespace '{namespace.name}' has no owner label, "
                f"but {stack.owner} holds it in its state.",
                f"Have it labelled again: {refresh(stack)}, then {up(stack)}",
                namespace.name,
            )
        else:
            yield Disagreement(
                "owner-label-due",
                f"The live namespace '{namespace.name}' has no owner label; {stack.owner} holds it from a program "
                "without ownership rules, or from a refresh after the label was removed.",
                f"Have it labelled: {up(stack)}",
                namespace.name,
            )


def owner_unknown(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """The live owner is a stack of which neither this checkout nor its backend knows."""
    if namespace.live is None or not namespace.live.owner or cluster.stack(namespace.live.owner):
        return
    owner = namespace.live.owner
    claimant = next(iter((*namespace.claimants, *namespace.holders)), None)
    setting = adoption(claimant, namespace.name, owner) if claimant else f"adopt_namespace_from: {owner}"
    yield Disagreement(
        "owner-unknown",
        f"The live namespace '{namespace.name}' is owned by {owner}, "
        "a stack that this checkout does not have on this cluster.",
        f"Look for it in the checkout that has it; if that stack is gone for good, take it over: {setting}",
        namespace.name,
    )


def owner_without_state(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """The live owner is a known stack whose state does not hold it."""
    owner = cluster.stack(namespace.live.owner) if namespace.live else None
    if owner is None or owner in namespace.holders:
        return
    fact = f"The live namespace '{namespace.name}' is owned by {owner.owner}, whose state does not hold it"
    if owner.fault:
        text = f"{fact}; its settings are wrong."
        remedy = f"Correct them, then {up(owner)}"
    elif owner.wants_to_own(namespace.name):
        text = f"{fact}: its last run was killed half-way, or its state was forgotten."
        remedy = f"Let it go on: {up(owner)}"
    else:
        text = f"{fact}: it let go of it, and nobody has taken it over."
        remedy = _successor(namespace, owner)
    yield Disagreement("owner-without-state", text, remedy, namespace.name)


def _successor(namespace: NamespaceFacts, owner: StackFacts) -> str:
    name = namespace.name
    for stack in namespace.claimants:
        if wish_of(stack, name).adopt_from == owner.owner:
            return f"The take-over by {stack.owner} is due: {move(stack, owner) or up(stack)}"
    if namespace.claimants:
        return f"Have it taken over: {adoption(namespace.claimants[0], name, owner.owner)}"
    return (
        f"{ownership(owner, name)} to own it again, or have another stack take it over "
        f"(adopt_namespace_from: {owner.owner})."
    )
