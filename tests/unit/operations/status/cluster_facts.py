"""Facts of a cluster of a test's own, in few words."""

from collections.abc import Iterable
from dataclasses import replace

from operations.drift import Difference
from operations.facts import StackFacts
from operations.status.disagreements import Disagreement, examine
from operations.status.facts import AdmissionPolicy, ClusterFacts, Live, admission_policies
from shared.errors import Refusal
from shared.kube.observed import ObservedCluster, ObservedNamespace
from shared.ownership.claim import Claim
from shared.stacks import Stack
from shared.state import State, StateObject
from tests.unit.operations.workspace import DAY, DUSK, PLATFORM

FILES = {
    DAY: "apps/day/Pulumi.dev.yaml",
    DUSK: "apps/dusk/Pulumi.dev.yaml",
    PLATFORM: "infrastructure/Pulumi.dev.yaml",
}
CREATED = "2026-11-20T10:00:00Z"
ACTIVE = tuple(AdmissionPolicy(one.name) for one in admission_policies([], []))


def live(
    owner: Stack | str = "",
    name: str = "dev",
    *,
    uid: str = "uid-1",
    previous: Stack | None = None,
    terminating: bool = False,
    allowed: str = "",
) -> ObservedNamespace:
    """A live namespace."""
    return ObservedNamespace(
        name,
        uid,
        owner.owner if isinstance(owner, Stack) else owner,
        previous.owner if previous else "",
        terminating,
        created=CREATED,
        deletion_allowed=allowed,
    )


def stack(who: Stack, *claims: Claim, has: str = "", uid: str = "uid-1", fault: str = "") -> StackFacts:
    """A stack with its claims.

    Args:
        who: the stack.
        claims: what its settings claim.
        has: the namespace in its state: `labelled` with its owner label, `bare` without; empty for none.
        uid: that namespace's UID.
        fault: what is wrong with its settings.
    """
    owner = who.owner if has == "labelled" else ""
    item = StateObject("urn", "kubernetes:core/v1:Namespace", "dev", uid=uid, owner=owner)
    error = Refusal(fault, "Correct it.") if fault else None
    state = State((item,) if has else ())
    return StackFacts(who, FILES.get(who, ""), PLATFORM, claims, error, state)


def owns(who: Stack, name: str = "dev", *, adopt: Stack | str = "", tenants: Iterable[Stack] = ()) -> Claim:
    """A claim to own a namespace."""
    return Claim(
        name,
        who,
        who,
        FILES[who],
        adopt_from=adopt.owner if isinstance(adopt, Stack) else adopt,
        tenants=tuple(tenant.owner for tenant in tenants),
        place=f"namespaces.{name}." if who.is_infrastructure else "",
    )


def uses(who: Stack, source: Stack, name: str = "dev") -> Claim:
    """A claim to use another stack's namespace."""
    return Claim(name, who, source, FILES[who])


def cluster(
    *parts: StackFacts | ObservedNamespace,
    policies: tuple[AdmissionPolicy, ...] = ACTIVE,
    identifier: str = "cluster-1",
    fault: Refusal | None = None,
) -> ClusterFacts:
    """A cluster of stacks and live namespaces, with the infrastructure stack unless it is given; all is isolated."""
    stacks = tuple(part for part in parts if isinstance(part, StackFacts))
    if not any(part.stack == PLATFORM for part in stacks):
        stacks = (stack(PLATFORM), *stacks)
    namespaces = {part.name: part for part in parts if isinstance(part, ObservedNamespace)}
    isolation = {key: {"ResourceQuota": 1, "NetworkPolicy": 5, "RoleBinding": 2} for key in namespaces}
    observed = Live(ObservedCluster(identifier, namespaces), policies, isolation)
    return ClusterFacts("cluster-1", "local", (PLATFORM,), stacks, None if fault else observed, fault)


def lacking(
    facts: ClusterFacts, *, kind: str, name: str, owner: Stack, namespace: str = "dev"
) -> ClusterFacts:
    """The cluster without an object that a stack declares."""
    item = StateObject(f"urn::{name}", f"kubernetes:{kind}", name, namespace, owner=owner.owner)
    assert facts.live
    return replace(facts, live=replace(facts.live, drift=(Difference(item),)))


def found(*parts: StackFacts | ObservedNamespace) -> list[Disagreement]:
    """All that disagrees on such a cluster, notes included."""
    status = examine(cluster(*parts))
    return [*status.disagreements, *status.notes]


def only(*parts: StackFacts | ObservedNamespace) -> Disagreement:
    """The one thing that disagrees on such a cluster."""
    disagreements = found(*parts)
    assert len(disagreements) == 1, disagreements
    return disagreements[0]
