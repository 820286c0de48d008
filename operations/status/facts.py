"""The facts of one cluster: what its API server has, and what stacks' states and settings say of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from operations.drift import Difference
from operations.facts import StackFacts
from shared.errors import PlatformError
from shared.kube.observed import ObservedCluster, ObservedNamespace
from shared.ownership.claim import Claim
from shared.stacks import Stack, stack_of
from shared.state import StateObject


@dataclass(frozen=True)
class AdmissionPolicy:
    """An admission policy: whether it is on the cluster, and whether a binding makes it deny requests."""

    name: str
    installed: bool = True
    bound: bool = True


@dataclass(frozen=True)
class Workload:
    """A workload: how many pods it should have, and how many are ready.

    Of a Job it is how many should end well, and have; of a CronJob, how many run. `image` is its first container's,
    `problem` what its controller says is wrong.
    """

    kind: str
    name: str
    wanted: int = 0
    ready: int = 0
    image: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Live:
    """A cluster as its API server has it, with the platform's admission policies and what others changed on it.

    Args:
        cluster: its identity, its namespaces without the cluster's own, and their quotas.
        isolation: by namespace, how many quotas, limit ranges, network policies and role bindings it has, by kind.
        workloads: by namespace, where they were asked for.
        hosts: the namespaces whose Ingresses serve it, by host.
    """

    cluster: ObservedCluster
    policies: tuple[AdmissionPolicy, ...] = ()
    isolation: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    workloads: Mapping[str, tuple[Workload, ...]] = field(default_factory=dict)
    hosts: Mapping[str, Collection[str]] = field(default_factory=dict)
    drift: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class NamespaceFacts:
    """One namespace with everything that is known of it.

    Args:
        live: None where it does not exist, or the cluster could not be observed.
        in_state: the stacks whose state has it, and how.
        owning: the claims of settings to own it.
        using: the claims of settings to use it while another stack owns it.
    """

    name: str
    live: ObservedNamespace | None
    in_state: Mapping[Stack, StateObject] = field(default_factory=dict)
    owning: tuple[Claim, ...] = ()
    using: tuple[Claim, ...] = ()

    @property
    def tenants(self) -> tuple[str, ...]:
        """Who uses it or may, by owner name."""
        named = (tenant for claim in self.owning for tenant in claim.tenants)
        return tuple(sorted({*named, *(claim.claimant.owner for claim in self.using)}))

    @property
    def stacks(self) -> frozenset[Stack]:
        """The stacks that own it, have it in their state, or have settings for it."""
        claimants = (claim.claimant for claim in (*self.owning, *self.using))
        owner = {stack_of(self.live.owner)} if self.live and self.live.owner else set()
        return frozenset({*self.in_state, *claimants, *owner})

    def claim(self, stack: Stack) -> Claim | None:
        """A stack's claim to own it, if it has one."""
        return next((claim for claim in self.owning if claim.claimant == stack), None)


@dataclass(frozen=True)
class ClusterFacts:
    """One cluster: the stacks that provisioned it, and every stack whose settings or state are about it.

    The stacks have no more than is about it. `live` is None where it could not be observed, and `fault` says why.
    """

    identifier: str
    name: str
    infrastructure: tuple[Stack, ...] = ()
    stacks: tuple[StackFacts, ...] = ()
    live: Live | None = None
    fault: PlatformError | None = None

    def stack(self, owner: str) -> StackFacts | None:
        """The stack of that owner's name, if it is known."""
        return next((facts for facts in self.stacks if facts.stack.owner == owner), None)

    def namespaces(self) -> list[NamespaceFacts]:
        """Every namespace that the cluster has, a state has or a setting claims, by name."""
        live = self.live.cluster.namespaces if self.live else {}
        in_state: dict[str, dict[Stack, StateObject]] = {}
        claims: dict[str, list[Claim]] = {}
        for facts in self.stacks:
            for item in facts.state.namespaces:
                in_state.setdefault(item.name, {})[facts.stack] = item
            for claim in facts.claims:
                claims.setdefault(claim.name, []).append(claim)
        return [
            NamespaceFacts(
                name,
                live.get(name),
                in_state.get(name, {}),
                tuple(claim for claim in claims.get(name, ()) if claim.owns),
                tuple(claim for claim in claims.get(name, ()) if not claim.owns),
            )
            for name in sorted({*live, *in_state, *claims})
        ]
