"""What settings ask to own against who owns it."""

from collections.abc import Iterator

from operations.status.disagreement import Disagreement
from operations.status.facts import ClusterFacts, StackFacts, slashed, wish_of
from operations.status.namespaces import NamespaceFacts
from operations.status.remedies import adoption, adoption_setting, move, ownership, up
from shared.labels import UNOWNED


def asks_for_what_another_owns(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """Settings ask to own what another stack owns."""
    name, live = namespace.name, namespace.live
    if live is None or not live.owner:
        return
    for stack in namespace.claimants:
        if stack.owner == live.owner or stack in namespace.holders:
            continue
        adopt_from = wish_of(stack, name).adopt_from
        if adopt_from == live.owner:
            owner = cluster.stack(live.owner)
            yield Disagreement(
                "take-over-due",
                f"{stack.file} takes the namespace '{name}' over from {live.owner}, which still owns it.",
                f"The take-over is due: {(move(stack, owner) if owner else '') or up(stack)}",
                name,
            )
        elif adopt_from:
            yield Disagreement(
                "asks-for-what-another-owns",
                f"{stack.file} takes the namespace '{name}' over from {adopt_from}, but {live.owner} owns it.",
                f"Set {adoption(stack, name, live.owner)} if that is the stack to take it over from.",
                name,
            )
        else:
            yield Disagreement(
                "asks-for-what-another-owns",
                f"{stack.file} asks to own the namespace '{name}', which {live.owner} owns.",
                f"{_live_in_it(stack, name, live.owner)}, or take it over: {adoption(stack, name, live.owner)}",
                name,
            )


def asks_for_what_nobody_owns(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """A namespace exists that no stack owns, and settings ask to own it."""
    name, live = namespace.name, namespace.live
    if live is None or live.owner:
        return
    for stack in namespace.claimants:
        if stack in namespace.holders:
            continue
        if wish_of(stack, name).adopt_from == UNOWNED:
            yield Disagreement(
                "take-over-due",
                f"{stack.file} takes over the namespace '{name}', which nobody owns yet.",
                f"The take-over is due: {up(stack)}",
                name,
            )
        else:
            yield Disagreement(
                "asks-for-what-nobody-owns",
                f"{stack.file} asks to own the namespace '{name}', which exists and which no stack owns.",
                f"Take it over ({adoption(stack, name, UNOWNED)}), or choose another name.",
                name,
            )


def foreign(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """A namespace that no stack owns, holds or has settings for: somebody else's, and left alone."""
    known = (*namespace.holders, *namespace.claimants, *namespace.readers)
    if namespace.live and not namespace.live.owner and not known:
        yield Disagreement(
            "foreign",
            f"The namespace '{namespace.name}' is no stack's.",
            "Leave it alone, or let a stack take it over (adopt_namespace_from: unowned).",
            namespace.name,
            is_note=True,
        )


def not_made_yet(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """Settings ask to own what the cluster does not have yet."""
    name = namespace.name
    if namespace.live or namespace.holders:
        return
    for stack in namespace.claimants:
        adopt_from = wish_of(stack, name).adopt_from
        if adopt_from:
            yield Disagreement(
                "takes-over-what-is-not-there",
                f"{stack.file} takes the namespace '{name}' over from {adopt_from}, but there is none.",
                f"Remove {adoption_setting(stack, name)} to have it made, or correct the name.",
                name,
            )
        else:
            yield Disagreement(
                "not-made-yet",
                f"{stack.file} asks for the namespace '{name}', which is not made yet.",
                f"Have it made: {up(stack)}",
                name,
                is_note=True,
            )
    if len(namespace.claimants) > 1:
        files = " and ".join(stack.file for stack in namespace.claimants)
        yield Disagreement(
            "two-settings-ask",
            f"{files} both ask to own the namespace '{name}'.",
            "Let one of them own it and the others read it "
            "(create_namespace: false, namespace_source: <the owner, as project/stack>).",
            name,
        )


def stale_adoption(namespace: NamespaceFacts, _: ClusterFacts) -> Iterator[Disagreement]:
    """The take-over has happened and the handover is done, and its setting is still there."""
    name, live = namespace.name, namespace.live
    for stack in namespace.claimants:
        adopt_from = wish_of(stack, name).adopt_from
        if adopt_from and live and live.owner == stack.owner and namespace.holders == (stack,):
            yield Disagreement(
                "stale-adoption",
                f"{stack.file} takes the namespace '{name}' over from {adopt_from}; {stack.owner} owns it already.",
                f"Remove {adoption_setting(stack, name)}.",
                name,
            )


def owned_without_a_setting(namespace: NamespaceFacts, cluster: ClusterFacts) -> Iterator[Disagreement]:
    """A stack owns and holds it, and no settings ask for it any more."""
    owner = cluster.stack(namespace.live.owner) if namespace.live else None
    if owner is None or owner not in namespace.holders or owner.fault or namespace.claimants:
        return
    if owner in namespace.readers:
        return  # said by what it reads from
    yield Disagreement(
        "owned-without-a-setting",
        f"{owner.owner} owns the namespace '{namespace.name}', but no settings ask for it.",
        f"{ownership(owner, namespace.name)}, or have another stack take it over "
        f"(adopt_namespace_from: {owner.owner}).",
        namespace.name,
    )


def _live_in_it(stack: StackFacts, name: str, owner: str) -> str:
    if stack.infrastructure:
        return f"Remove {name} from namespaces in {stack.file}"
    return f"Live in it (create_namespace: false and namespace_source: {slashed(owner)} in {stack.file})"
