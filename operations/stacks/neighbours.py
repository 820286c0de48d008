"""Who waits for whom in a shared namespace: each of its services has to fit beside those that are there already."""

from collections.abc import Mapping
from graphlib import TopologicalSorter
from itertools import pairwise

from operations.engine.project import StackId
from operations.stacks.order import Needs

Waits = Mapping[StackId, StackId]
"""For a stack the one of the fleet whose turn comes first, however that one ends."""


def one_by_one(needs: Needs) -> Waits:
    """Let stacks that live in the same namespace of one platform have their turns one after another.

    Two at once would both be added up without the other, and each might find that it fits.

    Args:
        needs: the fleet, each with those without which it cannot be; without circles. Turns are in that order.
    """
    from operations.status.wishes import read_application  # noqa: PLC0415 - takes 0.4 s

    inhabitants: dict[tuple[str, str], list[StackId]] = {}
    for stack in TopologicalSorter(needs).static_order():
        wanted = read_application(stack)
        for wish in wanted.wishes:
            inhabitants.setdefault((wanted.platform, wish.name), []).append(stack)
    return {after: before for stacks in inhabitants.values() for before, after in pairwise(stacks)}
