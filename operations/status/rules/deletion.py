"""Namespaces that are going, or that nothing would keep from going."""

from collections.abc import Iterator

from operations.status.disagreement import Disagreement
from operations.status.facts import ClusterFacts
from operations.status.namespaces import NamespaceFacts
from shared.labels import ALLOW_DELETION


def deletion_pending(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """Its deletion has begun."""
    if namespace.live and namespace.live.terminating:
        yield Disagreement(
            "deletion-pending",
            f"The namespace '{namespace.name}' is being deleted.",
            "Wait until it is gone; what holds it up stands in its conditions: "
            f"kubectl describe namespace {namespace.name}",
            namespace.name,
        )


def deletion_allowed(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """Its allow-deletion annotation is set, and nobody deletes it."""
    live = namespace.live
    if live is None or live.terminating or not live.deletion_allowed:
        return
    effect = (
        "so the guard would let anybody delete it"
        if live.deletion_allowed == live.uid
        else "which names another UID than its own and allows nothing"
    )
    yield Disagreement(
        "deletion-allowed",
        f"The namespace '{namespace.name}' has the annotation {ALLOW_DELETION}, {effect}.",
        f"Unless it is to be deleted now: kubectl annotate namespace {namespace.name} {ALLOW_DELETION}-",
        namespace.name,
    )
