"""The states against each other and against the live namespace: who holds what, and is it still that one?"""

from collections.abc import Iterator

from operations.status.disagreement import Disagreement
from operations.status.facts import ClusterFacts, HeldFacts, LiveNamespaceFacts, StackFacts, slashed
from operations.status.namespaces import NamespaceFacts
from operations.status.remedies import adoption_setting, letting_go, move, refresh, up


def another_state_holds_it(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """A state holds what another stack owns: a handover that is half done, or one that nobody finished."""
    live = namespace.live
    if live is None or not live.owner:
        return
    owner = cluster.stack(live.owner)
    for stack in namespace.holders:
        if stack.owner == live.owner:
            continue
        half_done = " The handover is half done." if live.previous_owner == stack.owner else ""
        yield Disagreement(
            "two-states-hold-it" if owner in namespace.holders else "another-state-holds-it",
            f"The live namespace '{namespace.name}' is owned by {live.owner}, "
            f"and the state of {stack.owner} still holds it.{half_done}",
            _way_on(namespace, live, owner, stack),
            namespace.name,
        )


def two_states_hold_it(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """Two states hold it and the live namespace names neither."""
    live = namespace.live
    if live is None or live.owner or len(namespace.holders) == 1 or not namespace.holders:
        return
    names = " and ".join(stack.owner for stack in namespace.holders)
    keeper = next(
        (stack for stack in namespace.holders if stack.wants_to_own(namespace.name)), namespace.holders[0]
    )
    other = next(stack for stack in namespace.holders if stack is not keeper)
    yield Disagreement(
        "two-states-hold-it",
        f"The states of {names} hold the namespace '{namespace.name}', and the live one names no owner.",
        f"Have {keeper.owner} label it first ({up(keeper)}). "
        f"{letting_go(other, namespace.name, keeper.short)}, then {up(other)}",
        namespace.name,
    )


def gone_from_the_cluster(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """A state holds what the cluster has no more."""
    if namespace.live is not None:
        return
    for stack in namespace.holders:
        again = f", then {up(stack)} to make it anew" if stack.wants_to_own(namespace.name) else ""
        yield Disagreement(
            "gone-from-the-cluster",
            f"The state of {stack.owner} holds the namespace '{namespace.name}', "
            f"which is gone from the cluster {cluster.name}.",
            f"If that was meant, make the state agree: {refresh(stack)}{again}",
            namespace.name,
        )


def uid_differs(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """The live namespace was made again since the state was written."""
    for stack in namespace.holders if namespace.live else ():
        held, live = stack.held(namespace.name), namespace.live
        if held and live and held.uid and held.uid != live.uid:
            yield Disagreement(
                "uid-differs",
                f"The namespace '{namespace.name}' was deleted and made again: its UID is {live.uid}, "
                f"the state of {stack.owner} says {held.uid}.",
                f"Make the state agree: {refresh(stack)}, then {up(stack)}",
                namespace.name,
            )


def _way_on(
    namespace: NamespaceFacts, live: LiveNamespaceFacts, owner: StackFacts | None, holder: StackFacts
) -> str:
    """How a handover goes on from here, as the settings of the one that still holds it say."""
    name = namespace.name
    wish = holder.wish(name)
    first = f"{up(owner)}, then " if owner and owner not in namespace.holders else ""
    command = move(owner, holder) if owner else ""
    if holder.fault:
        return f"Correct the settings of {holder.owner}, then {up(holder)}"
    if wish is None or wish.source == live.owner:
        return f"Have {holder.owner} let go of it: {first}{up(holder)}"
    if wish.owns and wish.adopt_from == live.owner:
        if _was_taken_back(holder.held(name), holder, live):
            return (
                f"Remove {adoption_setting(holder, name)}. "
                f"{letting_go(holder, name, slashed(live.owner))}, then {up(holder)}"
            )
        back = (move(holder, owner) if owner else "") or up(holder)
        return f"Its settings take it back: {back}"
    by_hand = f"{letting_go(holder, name, slashed(live.owner))}, then {first}{up(holder)}"
    return f"Go on: {command}. By hand: {by_hand}" if command else by_hand


def _was_taken_back(held: HeldFacts | None, holder: StackFacts, live: LiveNamespaceFacts) -> bool:
    """Whether the holder took it over from the live owner once already, which it may not do twice."""
    return held is not None and held.owner == holder.owner and held.previous_owner == live.owner
