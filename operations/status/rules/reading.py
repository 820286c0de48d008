"""What settings read from another stack against who owns it."""

from collections.abc import Iterator

from operations.status.disagreement import Disagreement
from operations.status.facts import ClusterFacts, StackFacts, slashed, wish_of
from operations.status.namespaces import NamespaceFacts
from operations.status.remedies import adoption, move, up
from shared.labels import UNOWNED


def reads_from_one_that_does_not_own_it(
    namespace: NamespaceFacts, cluster: ClusterFacts
) -> Iterator[Disagreement]:
    """Settings read a namespace from a stack that does not own it."""
    name, live = namespace.name, namespace.live
    for stack in namespace.readers:
        owner = wish_of(stack, name).source
        source = cluster.stack(owner)
        if source in namespace.holders and (live is None or live.owner in ("", owner)):
            continue  # said of the source itself: its label or the live namespace is gone
        if live is None and source in namespace.claimants:
            continue  # said of the source itself: not made yet
        if live and live.owner == owner:
            continue
        instead = live.owner if live else ""
        truth = f"{instead} owns it" if instead else ("nobody owns it" if live else "there is none")
        yield Disagreement(
            "reads-from-one-that-does-not-own-it",
            f"{stack.file} reads the namespace '{name}' from {slashed(owner)}, which does not own it: {truth}.",
            _remedy(namespace, cluster, stack, source),
            name,
        )


def _remedy(
    namespace: NamespaceFacts, cluster: ClusterFacts, stack: StackFacts, source: StackFacts | None
) -> str:
    name, live = namespace.name, namespace.live
    if live is None:
        return (
            f"Let one stack own it (create_namespace: true in {stack.file}, or namespaces of infrastructure)."
        )
    current = live.owner or UNOWNED
    owner = cluster.stack(live.owner)
    if source and source in namespace.claimants and wish_of(source, name).adopt_from == current:
        command = move(source, owner) if owner else ""
        return f"The take-over by {source.owner} is due first: {command or f'{up(source)}, then {up(stack)}'}"
    if live.owner == stack.owner and source:
        command = move(source, stack)
        by_hand = f"set {adoption(source, name, current)}, {up(source)}, then {up(stack)}"
        return f"Move it: {command}. By hand: {by_hand}" if command else f"Move it: {by_hand}"
    if live.owner and live.owner != stack.owner:
        return f"Set namespace_source: {slashed(live.owner)} in {stack.file}"
    if source:
        return f"Let {source.owner} take it over: {adoption(source, name, current)}, then {up(source)}"
    return f"Own it here: create_namespace: true in {stack.file}"
