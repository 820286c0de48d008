"""Who comes before whom in a fleet: the owner of a namespace before those who read it from there."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from operations.engine.project import StackId
from operations.paths import shown
from shared.refusal import Refusal

Needs = Mapping[StackId, frozenset[StackId]]
"""For each stack those of the fleet that come before it, and without which it cannot be."""


def no_order(stacks: Sequence[StackId]) -> Needs:
    """Stacks that need not wait for each other."""
    return {stack: frozenset() for stack in stacks}


def owners_first(stacks: Sequence[StackId]) -> Needs:
    """Order stacks by the namespaces that they read from each other.

    Settings that cannot be read order nothing; deploying such a stack is refused with what is wrong in them.

    Args:
        stacks: the fleet. What is read from a stack outside of it is there already, or refused.

    Raises:
        Refusal: stacks read from each other in a circle.
    """
    from operations.status.wishes import read_application  # noqa: PLC0415 - takes 0.4 s

    by_owner = {stack.owner: stack for stack in stacks}
    needs = {
        stack: frozenset(
            by_owner[wish.source]
            for wish in read_application(stack).wishes
            if wish.source in by_owner and by_owner[wish.source] != stack
        )
        for stack in stacks
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        raise _circle(list(dict.fromkeys(error.args[1]))) from None
    return needs


def readers_first(stacks: Sequence[StackId]) -> Needs:
    """The same for taking down: who reads a namespace goes before its owner.

    Raises:
        Refusal: stacks read from each other in a circle.
    """
    owners = owners_first(stacks)
    return {stack: frozenset(reader for reader in stacks if stack in owners[reader]) for stack in stacks}


def _circle(stacks: Sequence[StackId]) -> Refusal:
    files = ", ".join(shown(stack.project.settings_file(stack.environment)) for stack in stacks)
    return Refusal(
        f"Stacks read their namespaces from each other in a circle (namespace_source in {files}).",
        "Let one of them own its namespace: create_namespace: true, without namespace_source.",
    )
