"""One cluster as the map shows it: a lane for each owner with its namespaces, and what is worth knowing of all."""

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from operations.map.cards import Card, anchor_of, card
from operations.map.chips import Chip, chips
from operations.status.disagreement import Disagreement
from operations.status.disagreements import ClusterStatus
from operations.status.facts import ClusterFacts, StackFacts

RECENT = 20
"""How many handovers are listed."""


@dataclass(frozen=True)
class Lane:
    """An owner with its namespaces.

    Args:
        owner: the owner; None for the namespaces that nobody owns.
        cards: its namespaces, by name.
    """

    owner: Chip | None
    cards: tuple[Card, ...]

    @property
    def needs_a_look(self) -> bool:
        """Whether something disagrees about one of them, or does not run in one as it should."""
        return any({"disagreeing", "unready"} & set(one.flags.split()) for one in self.cards)


@dataclass(frozen=True)
class Found:
    """A disagreement or a note.

    Args:
        what: the disagreement.
        anchor: its own place on the page.
        target: its namespace's place; empty where there is none.
    """

    what: Disagreement
    anchor: str
    target: str


@dataclass(frozen=True)
class ClusterPicture:
    """A cluster.

    Args:
        facts: the facts behind it.
        anchor: its place on the page.
        known: every stack that it names, by owner name.
        lanes: the owners with their namespaces, infrastructure first, nobody last.
        disagreements: what disagrees.
        notes: what is no more than worth knowing.
    """

    facts: ClusterFacts
    anchor: str
    known: dict[str, Chip]
    lanes: tuple[Lane, ...]
    disagreements: tuple[Found, ...]
    notes: tuple[Found, ...]

    @functools.cached_property
    def cards(self) -> list[Card]:
        """Every namespace, in the order of the lanes."""
        return [one for lane in self.lanes for one in lane.cards]

    @property
    def handovers(self) -> list[Card]:
        """The namespaces whose owner took them over, the latest first."""
        moved = [one for one in self.cards if one.previous]
        return sorted(moved, key=lambda one: one.taken_over, reverse=True)

    @property
    def platforms(self) -> list[Chip]:
        """Its infrastructure stacks."""
        return [self.known[stack.owner] for stack in self.facts.stacks if stack.infrastructure]

    def roles(self, stack: StackFacts) -> tuple[list[Card], list[Card]]:
        """The namespaces that a stack owns, and those that it lives in."""
        owned = [one for one in self.cards if one.owner and one.owner.owner == stack.owner]
        lives = [
            one
            for one in self.cards
            for near in one.neighbours
            if near.say == "reads" and near.stack.owner == stack.owner
        ]
        return owned, lives


def picture(status: ClusterStatus, anchor: str) -> ClusterPicture:
    """Show a cluster.

    Args:
        status: the cluster with what disagrees.
        anchor: what its places on the page begin with; no two clusters of a page have the same.
    """
    cluster, known = status.cluster, chips(status.cluster)
    wrong = Counter(one.namespace for one in status.disagreements if not one.is_note)
    prefix = f"{anchor}-namespace-"
    cards = [card(one, cluster, known, prefix, wrong[one.name]) for one in status.namespaces]
    names = {one.name for one in cards}
    found = [
        Found(
            one,
            f"{anchor}-disagreement-{number}",
            anchor_of(prefix, one.namespace) if one.namespace in names else "",
        )
        for number, one in enumerate(status.disagreements, start=1)
    ]
    return ClusterPicture(
        cluster,
        anchor,
        known,
        tuple(_lanes(cards, known.values())),
        tuple(one for one in found if not one.what.is_note),
        tuple(one for one in found if one.what.is_note),
    )


def _lanes(cards: Iterable[Card], known: Iterable[Chip]) -> list[Lane]:
    owned: dict[Chip | None, list[Card]] = {}
    for one in cards:
        owned.setdefault(one.owner, []).append(one)
    order: list[Chip | None] = [*known, None]
    return [Lane(owner, tuple(owned[owner])) for owner in order if owner in owned]
