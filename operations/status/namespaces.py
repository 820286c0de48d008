"""The namespaces of one cluster, each with everything that its API server, states and settings say of it."""

from dataclasses import dataclass

from operations.status.facts import ClusterFacts, LiveNamespaceFacts, StackFacts, wish_of


@dataclass(frozen=True)
class NamespaceFacts:
    """One namespace with everything that is known of it.

    Args:
        name: its name.
        live: as the API server has it; None where it is not there.
        holders: the stacks whose state holds it.
        claimants: the stacks whose settings ask to own it.
        readers: the stacks whose settings read it from another stack.
    """

    name: str
    live: LiveNamespaceFacts | None
    holders: tuple[StackFacts, ...] = ()
    claimants: tuple[StackFacts, ...] = ()
    readers: tuple[StackFacts, ...] = ()

    @property
    def tenants(self) -> tuple[str, ...]:
        """Who lives in it or may: the tenants that its claimants name, and the stacks that read it."""
        named = (tenant for stack in self.claimants for tenant in wish_of(stack, self.name).tenants)
        return tuple(sorted({*named, *(stack.owner for stack in self.readers)}))

    def concerns(self, owners: frozenset[str]) -> bool:
        """Whether one of these stacks owns it, holds it, or has settings for it."""
        stacks = {stack.owner for stack in (*self.holders, *self.claimants, *self.readers)}
        return bool(owners & (stacks | {self.live.owner if self.live else ""}))


def namespaces_of(cluster: ClusterFacts) -> list[NamespaceFacts]:
    """Every namespace that the cluster has, a state holds or a setting names, by name."""
    holders: dict[str, list[StackFacts]] = {}
    claimants: dict[str, list[StackFacts]] = {}
    readers: dict[str, list[StackFacts]] = {}
    for stack in cluster.stacks:
        for held in stack.holds:
            holders.setdefault(held.name, []).append(stack)
        for wish in stack.wishes:
            (claimants if wish.owns else readers).setdefault(wish.name, []).append(stack)
    return [
        NamespaceFacts(
            name,
            cluster.live.get(name),
            tuple(holders.get(name, ())),
            tuple(claimants.get(name, ())),
            tuple(readers.get(name, ())),
        )
        for name in sorted({*cluster.live, *holders, *claimants, *readers})
    ]
