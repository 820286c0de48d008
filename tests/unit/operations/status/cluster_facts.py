"""Facts of a made-up cluster, said as shortly as tests read."""

from collections.abc import Iterable

from operations.status.disagreement import Disagreement
from operations.status.disagreements import examine
from operations.status.facts import (
    ClusterFacts,
    GuardFacts,
    HeldFacts,
    LiveNamespaceFacts,
    PolicyCounts,
    StackFacts,
    WishFacts,
)

DAY, DUSK, PLATFORM = "day-service-app.dev", "dusk-service-app.dev", "service-infrastructure.dev"
DAY_FILE, DUSK_FILE, PLATFORM_FILE = (
    "apps/day/Pulumi.dev.yaml",
    "apps/dusk/Pulumi.dev.yaml",
    "infrastructure/Pulumi.dev.yaml",
)
CREATED = "2026-11-20T10:00:00Z"


def live(
    name: str = "dev",
    owner: str = "",
    *,
    uid: str = "uid-1",
    previous: str = "",
    terminating: bool = False,
    allowed: str = "",
) -> LiveNamespaceFacts:
    """A live namespace."""
    return LiveNamespaceFacts(
        name, uid, owner, previous, CREATED, terminating, allowed, PolicyCounts(1, 0, 2, 1)
    )


def held(name: str = "dev", owner: str = "", *, uid: str = "uid-1", previous: str = "") -> HeldFacts:
    """A namespace in a state."""
    return HeldFacts(name, uid, owner, previous)


def owns(name: str = "dev", *, adopt: str = "", tenants: Iterable[str] = ()) -> WishFacts:
    """Settings that ask to own a namespace."""
    return WishFacts(name, adopt_from=adopt, tenants=tuple(tenants))


def reads(source: str, name: str = "dev") -> WishFacts:
    """Settings that read a namespace."""
    return WishFacts(name, source=source)


def day(
    *wishes: WishFacts, holds: Iterable[HeldFacts] = (), file: str = DAY_FILE, fault: str = ""
) -> StackFacts:
    """The stack day/dev."""
    return StackFacts(DAY, "dev", "day", False, file, fault, wishes, tuple(holds))


def dusk(*wishes: WishFacts, holds: Iterable[HeldFacts] = ()) -> StackFacts:
    """The stack dusk/dev."""
    return StackFacts(DUSK, "dev", "dusk", False, DUSK_FILE, "", wishes, tuple(holds))


def platform(*wishes: WishFacts, holds: Iterable[HeldFacts] = ()) -> StackFacts:
    """The infrastructure stack."""
    return StackFacts(PLATFORM, "dev", "", True, PLATFORM_FILE, "", wishes, tuple(holds))


def cluster(
    *parts: StackFacts | LiveNamespaceFacts,
    guards: tuple[GuardFacts, ...] | None = None,
    live_identifier: str = "cluster-1",
    silence: str = "",
) -> ClusterFacts:
    """A cluster of stacks and live namespaces, with the infrastructure stack unless it is given."""
    stacks = tuple(part for part in parts if isinstance(part, StackFacts))
    if not any(stack.infrastructure for stack in stacks):
        stacks = (platform(), *stacks)
    facts = ClusterFacts(
        "cluster-1",
        "local",
        stacks,
        {part.name: part for part in parts if isinstance(part, LiveNamespaceFacts)},
        live_identifier=live_identifier,
        silence=silence,
    )
    return facts if guards is None else ClusterFacts(**{**vars(facts), "guards": guards})


def found(*parts: StackFacts | LiveNamespaceFacts) -> list[Disagreement]:
    """All that disagrees on such a cluster, notes among it."""
    return list(examine(cluster(*parts)).disagreements)


def only(*parts: StackFacts | LiveNamespaceFacts) -> Disagreement:
    """The one thing that disagrees on such a cluster."""
    disagreements = found(*parts)
    assert len(disagreements) == 1, disagreements
    return disagreements[0]
