"""One namespace as the map shows it: under its owner, with who lives in it, what runs there and what disagrees."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from operations.map.chips import Chip
from operations.map.running import QuotasShown, WorkloadShown, quotas_shown, workload_shown
from operations.status.facts import ClusterFacts, wish_of
from operations.status.namespaces import NamespaceFacts

Presence = Literal["live", "deleting", "absent", "unknown"]
Say = Literal["reads", "tenant", "holds", "claims"]

_PLAIN = re.compile(r"[a-z0-9-]+")

_SAY_WORDS: dict[Say, str] = {
    "reads": "lives in it",
    "tenant": "may live in it",
    "holds": "still has it in its state",
    "claims": "asks to own it",
}


@dataclass(frozen=True)
class Neighbour:
    """A stack that has to do with a namespace and does not own it.

    Args:
        stack: the stack.
        say: what it has to do with it.
    """

    stack: Chip
    say: Say

    @property
    def words(self) -> str:
        """What it has to do with it, as the rest of a sentence."""
        return _SAY_WORDS[self.say]


@dataclass(frozen=True)
class Card:
    """A namespace.

    Args:
        name: its name.
        anchor: its place on the page.
        presence: whether it is on the cluster.
        owner: its owner; of one that is not there, who is to own it; None for nobody.
        previous: whom the owner took it over from; None for nobody.
        taken_over: when, as RFC 3339; empty where nobody knows.
        created: when it was made, as RFC 3339.
        neighbours: who else has to do with it.
        workloads: what runs in it.
        quotas: what its quotas limit.
        disagreements: how many things disagree about it.
    """

    name: str
    anchor: str
    presence: Presence
    owner: Chip | None
    previous: Chip | None
    taken_over: str
    created: str
    neighbours: tuple[Neighbour, ...]
    workloads: tuple[WorkloadShown, ...]
    quotas: QuotasShown
    disagreements: int

    @property
    def flags(self) -> str:
        """What the filter can ask for, as words with spaces between."""
        asked = {
            "disagreeing": self.disagreements > 0,
            "unready": any(one.health in ("partly", "down") for one in self.workloads),
            "moved": self.previous is not None,
            "unowned": self.owner is None,
            "tight": self.quotas.are_tight,
        }
        return " ".join(flag for flag, holds in asked.items() if holds)

    @property
    def stacks(self) -> str:
        """The numbers of the stacks that have to do with it, with spaces between."""
        numbers = {one.stack.number for one in self.neighbours}
        numbers |= {one.stack.number for one in self.workloads if one.stack}
        return " ".join(map(str, sorted(numbers | ({self.owner.number} if self.owner else set()))))

    @property
    def words(self) -> str:
        """What the search looks through."""
        parts = [self.name, *(one.name for one in self.workloads)]
        for stack in (self.owner, self.previous, *(one.stack for one in self.neighbours)):
            parts += [stack.label, stack.owner] if stack else []
        return " ".join(parts).lower()


def card(
    namespace: NamespaceFacts, cluster: ClusterFacts, known: Mapping[str, Chip], anchor: str, wrong: int
) -> Card:
    """Show a namespace.

    Args:
        namespace: its facts.
        cluster: its cluster's.
        known: the stacks.
        anchor: what its place on the page begins with.
        wrong: how many things disagree about it.
    """
    live = namespace.live
    owner = known.get(live.owner) if live else _expected(namespace, known)
    presence: Presence = "unknown" if cluster.silence else "absent"
    if live:
        presence = "deleting" if live.terminating else "live"
    return Card(
        namespace.name,
        anchor_of(anchor, namespace.name),
        presence,
        owner,
        known.get(live.previous_owner) if live else None,
        live.taken_over if live else "",
        live.created if live else "",
        tuple(_neighbours(namespace, owner, known)),
        tuple(workload_shown(one, known) for one in live.workloads) if live else (),
        quotas_shown(live.quotas if live else ()),
        wrong,
    )


def anchor_of(prefix: str, name: str) -> str:
    """A place on the page that is unique, whatever a name is made of."""
    return f"{prefix}{name}" if _PLAIN.fullmatch(name) else f"{prefix}_{name.encode().hex()}"


def _expected(namespace: NamespaceFacts, known: Mapping[str, Chip]) -> Chip | None:
    """Who owns a namespace that the cluster does not show: by states, by settings, by what is read."""
    owners = [stack.owner for stack in (*namespace.holders, *namespace.claimants)]
    owners += [wish_of(stack, namespace.name).source for stack in namespace.readers]
    return next((known[owner] for owner in owners if owner in known), None)


def _neighbours(
    namespace: NamespaceFacts, owner: Chip | None, known: Mapping[str, Chip]
) -> Iterator[Neighbour]:
    seen = {owner.owner if owner else ""}
    says: list[tuple[Say, list[str]]] = [
        ("holds", [stack.owner for stack in namespace.holders]),
        ("claims", [stack.owner for stack in namespace.claimants]),
        ("reads", [stack.owner for stack in namespace.readers]),
        ("tenant", list(namespace.tenants)),
    ]
    for say, owners in says:
        for name in owners:
            if name in known and name not in seen:
                seen.add(name)
                yield Neighbour(known[name], say)
