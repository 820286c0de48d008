"""The facts of one cluster: what its API server, the stacks' states and their settings say, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from operations.status.quotas import QuotaFacts
from operations.status.workloads import WorkloadFacts
from shared.policies import GUARDS


@dataclass(frozen=True)
class PolicyCounts:
    """How many policies of each kind stand in a namespace."""

    resource_quotas: int = 0
    limit_ranges: int = 0
    network_policies: int = 0
    role_bindings: int = 0


@dataclass(frozen=True)
class LiveNamespaceFacts:
    """A namespace as the API server has it.

    Args:
        name: its name.
        uid: its UID.
        owner: the value of its owner label; empty where it has none.
        previous_owner: the annotation that the last take-over left; empty where there is none.
        created: when it was made, as RFC 3339.
        terminating: whether its deletion has begun.
        deletion_allowed: the value of its allow-deletion annotation; empty where it has none.
        policies: what stands in it.
        governor: the stack whose label its quota has; empty where there is none.
        isolation_lacks: the objects of its isolation that are not there, as `Kind/name`.
        taken_over: when the annotation of the last take-over was written, as RFC 3339; empty where nobody knows.
        quotas: what its quotas limit and how much of it is used.
        workloads: what runs in it; empty where it was not asked for.
    """

    name: str
    uid: str
    owner: str = ""
    previous_owner: str = ""
    created: str = ""
    terminating: bool = False
    deletion_allowed: str = ""
    policies: PolicyCounts = PolicyCounts()
    governor: str = ""
    isolation_lacks: tuple[str, ...] = ()
    taken_over: str = ""
    quotas: tuple[QuotaFacts, ...] = ()
    workloads: tuple[WorkloadFacts, ...] = ()


@dataclass(frozen=True)
class HeldFacts:
    """A Namespace in a stack's state.

    Args:
        name: its name on the cluster.
        uid: its UID; empty where the state has none.
        owner: the owner label that it had when the state was written.
        previous_owner: the previous-owner annotation that it had then.
    """

    name: str
    uid: str = ""
    owner: str = ""
    previous_owner: str = ""


@dataclass(frozen=True)
class WishFacts:
    """What a stack's settings want with one namespace.

    Args:
        name: the namespace's name.
        source: the owner, as `<project>.<stack>`, that it is read from; empty where the stack owns it.
        adopt_from: the owner to take it over from, `unowned`, or empty.
        tenants: the stacks that may live in it; empty for any.
    """

    name: str
    source: str = ""
    adopt_from: str = ""
    tenants: tuple[str, ...] = ()

    @property
    def owns(self) -> bool:
        """Whether the stack is to own the namespace."""
        return not self.source


@dataclass(frozen=True)
class StackFacts:
    """One stack, as far as one cluster is concerned.

    Args:
        owner: the name under which it owns objects, `<project>.<stack>`.
        environment: the stack's own name.
        service: its service; empty for an infrastructure stack and for one of another checkout.
        infrastructure: whether it is an infrastructure stack of this checkout.
        file: its settings file, relative to the checkout; empty where this checkout has none.
        fault: what is wrong with its settings, with what to do; empty where nothing is.
        wishes: what its settings want.
        holds: what its state holds.
    """

    owner: str
    environment: str
    service: str = ""
    infrastructure: bool = False
    file: str = ""
    fault: str = ""
    wishes: tuple[WishFacts, ...] = ()
    holds: tuple[HeldFacts, ...] = ()

    @property
    def label(self) -> str:
        """What people call it, such as `day/dev`."""
        name = "infrastructure" if self.infrastructure else self.service
        return f"{name}/{self.environment}" if name else self.owner

    @property
    def short(self) -> str:
        """The name as people write it in settings, `<project>/<stack>`."""
        return slashed(self.owner)

    def wish(self, name: str) -> WishFacts | None:
        """What its settings want with a namespace, if anything."""
        return next((wish for wish in self.wishes if wish.name == name), None)

    def held(self, name: str) -> HeldFacts | None:
        """The namespace in its state, if it is there."""
        return next((held for held in self.holds if held.name == name), None)

    def wants_to_own(self, name: str) -> bool:
        """Whether its settings ask to own a namespace."""
        wish = self.wish(name)
        return wish is not None and wish.owns


@dataclass(frozen=True)
class GuardFacts:
    """One guard.

    Args:
        name: the admission policy's name.
        installed: whether the policy is there.
        bound: whether a binding puts it in force by denying.
    """

    name: str
    installed: bool = True
    bound: bool = True


@dataclass(frozen=True)
class ClusterFacts:
    """One cluster.

    Args:
        identifier: the `cluster_identifier` that its infrastructure stack exports.
        name: what people call it.
        stacks: every stack that settings or states tie to it.
        live: its namespaces by name, without the cluster's own; empty where it did not answer.
        guards: its guards.
        live_identifier: the identifier that the API server itself has; empty where it did not answer.
        silence: why the API server did not answer, with what to do; empty where it did.
    """

    identifier: str
    name: str
    stacks: tuple[StackFacts, ...] = ()
    live: Mapping[str, LiveNamespaceFacts] = field(default_factory=dict)
    guards: tuple[GuardFacts, ...] = tuple(GuardFacts(name) for name in GUARDS)
    live_identifier: str = ""
    silence: str = ""

    def stack(self, owner: str) -> StackFacts | None:
        """The stack of that owner's name, if it is known."""
        return next((stack for stack in self.stacks if stack.owner == owner), None)


def wish_of(stack: StackFacts, name: str) -> WishFacts:
    """What the settings of a claimant or reader want with the namespace.

    Raises:
        KeyError: they want nothing with it.
    """
    wish = stack.wish(name)
    if wish is None:
        raise KeyError(name)
    return wish


def slashed(owner: str) -> str:
    """An owner's name as settings write it: `<project>/<stack>`."""
    return owner.replace(".", "/", 1)
