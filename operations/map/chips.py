"""A stack as the map shows it: its name, what it is, and the colour that it has wherever it appears."""

from collections.abc import Iterable
from dataclasses import dataclass

from operations.status.facts import ClusterFacts, StackFacts

HUES = 12
"""How many colours applications have before they begin again; every colour has its stack's name beside it."""

PLATFORM_HUE, NOBODY_HUE = "platform", "nobody"


@dataclass(frozen=True)
class Chip:
    """A stack.

    Args:
        owner: the name under which it owns objects, `<project>.<stack>`.
        label: what people call it.
        kind: what it is, in a word or two.
        hue: the name of its colour.
        number: its number in the filter.
    """

    owner: str
    label: str
    kind: str
    hue: str
    number: int


def chips(cluster: ClusterFacts) -> dict[str, Chip]:
    """Every stack that a cluster's facts name, by owner name; infrastructure first, unknown ones last.

    Args:
        cluster: the facts.
    """
    known = sorted(cluster.stacks, key=lambda stack: (not stack.infrastructure, stack.label))
    unknown = sorted(_named(cluster) - {stack.owner for stack in known})
    found: dict[str, Chip] = {}
    applications = 0
    for number, (owner, stack) in enumerate(
        [
            *((stack.owner, stack) for stack in known),
            *((owner, None) for owner in unknown),
        ]
    ):
        is_platform = stack is not None and stack.infrastructure
        hue = PLATFORM_HUE if is_platform else str(applications % HUES)
        applications += not is_platform
        found[owner] = Chip(owner, stack.label if stack else owner, _kind(stack), hue, number)
    return found


def _named(cluster: ClusterFacts) -> set[str]:
    """The owners that live objects and settings name."""
    live = {
        owner for namespace in cluster.live.values() for owner in (namespace.owner, namespace.previous_owner)
    }
    running = {workload.owner for namespace in cluster.live.values() for workload in namespace.workloads}
    wishes: Iterable[str] = (
        owner for stack in cluster.stacks for wish in stack.wishes for owner in (wish.source, *wish.tenants)
    )
    return {*live, *running, *wishes} - {""}


def _kind(stack: StackFacts | None) -> str:
    if stack is None:
        return "not of this checkout"
    if stack.infrastructure:
        return "infrastructure"
    return "application" if stack.service else "not of this checkout"
