"""The isolation of a namespace: whether all of it stands, and somebody governs it."""

from collections.abc import Iterator

from operations.status.disagreement import Disagreement
from operations.status.facts import ClusterFacts, StackFacts
from operations.status.namespaces import NamespaceFacts
from operations.status.remedies import refresh, up


def isolation_incomplete(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """Somebody owns it, and objects of its isolation are not there."""
    live = namespace.live
    if live is None or live.terminating or not live.owner or not live.isolation_lacks:
        return
    stack = cluster.stack(live.governor or live.owner)
    yield Disagreement(
        "isolation-incomplete",
        f"The namespace '{namespace.name}' lacks {', '.join(live.isolation_lacks)} of its isolation.",
        _again(stack) if stack else f"Have {live.governor or live.owner} refreshed and deployed again.",
        namespace.name,
    )


def governor_unknown(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """Its isolation is governed by a stack that has nothing to do with it."""
    live = namespace.live
    if live is None or not live.owner or live.governor in ("", live.owner) or cluster.stack(live.governor):
        return
    yield Disagreement(
        "governor-unknown",
        f"The isolation of the namespace '{namespace.name}' is governed by {live.governor}, "
        "a stack that this checkout does not have on this cluster.",
        f"Look for it in the checkout that has it; if that stack is gone for good, have {live.owner} adopt from it.",
        namespace.name,
    )


def _again(stack: StackFacts) -> str:
    return f"Have it declared again: {refresh(stack)}, then {up(stack)}"
