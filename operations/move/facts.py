"""The facts of a move: who owns the namespace by the live object, by states and by settings, and what is in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from operations.facts import StackFacts, all_claims, kubeconfig_of, state_of
from operations.settings import own_settings
from operations.stacks.namespace import LiveObject, contents, tell_unlisted
from operations.toolchain import Toolchain
from shared.errors import Refusal
from shared.kube.client import ClusterApi, cluster_api
from shared.kube.observed import ObservedNamespace, observed_namespace
from shared.labels import UNOWNED
from shared.ownership.claim import Claim
from shared.stacks import Stack
from shared.state import StateObject


@dataclass(frozen=True)
class Snapshot(ObservedNamespace):
    """A live namespace and what users put into it, at one moment.

    `pods` has each pod's number of container restarts, by UID.
    """

    objects: tuple[LiveObject, ...] = ()
    pods: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What is true of a namespace before its move, or in the middle of one.

    Args:
        platform: the infrastructure stack of its cluster.
        stacks: the stacks concerned, with their states.
        written: the settings of these, as their files have them.
    """

    platform: Stack
    target: Stack
    snapshot: Snapshot
    stacks: Mapping[Stack, StackFacts]
    written: Mapping[Stack, Mapping[str, Any]]

    @property
    def name(self) -> str:
        """The namespace's name."""
        return self.snapshot.name

    @property
    def owner(self) -> str:
        """The live owner, `<project>.<stack>`, or `unowned`."""
        return self.snapshot.owner or UNOWNED

    @property
    def owning_stack(self) -> Stack | None:
        """The live owner, where it is a stack of this checkout."""
        return next((stack for stack in self.stacks if stack.owner == self.owner), None)

    def in_state(self, stack: Stack) -> StateObject | None:
        """The Namespace in a stack's state, if it has it."""
        return self.stacks[stack].state.namespace(self.name)

    def claim(self, stack: Stack) -> Claim | None:
        """A stack's claim to the namespace, if it is deployed to that cluster and has one."""
        facts = self.stacks[stack]
        return facts.claim(self.name) if facts.infrastructure == self.platform else None

    def claims_to_own(self, stack: Stack) -> bool:
        """Whether a stack's settings ask to own the namespace."""
        claim = self.claim(stack)
        return bool(claim and claim.owns)

    @property
    def other_owners(self) -> list[Stack]:
        """The stacks other than the target that have the namespace in their state, or ask to own it."""
        return [
            stack
            for stack in self.stacks
            if stack != self.target and (self.in_state(stack) or self.claims_to_own(stack))
        ]

    @property
    def readers(self) -> list[Stack]:
        """The stacks that read the namespace from another stack than the target, and are not to own it."""
        claims = filter(None, map(self.claim, self.stacks))
        return [
            claim.claimant
            for claim in claims
            if not claim.owns and self.target not in (claim.claimant, claim.owner)
        ]

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        """Infrastructure's setting `namespaces`."""
        return dict(self.written.get(self.platform, {}).get("namespaces", {}))

    @property
    def entry(self) -> dict[str, Any]:
        """Infrastructure's settings of the namespace; empty where it has none."""
        return self.entries.get(self.name, {})


def gather(stack: Stack, to: str, toolchain: Toolchain) -> Facts:
    """Gather the facts of a move of an application's namespace; nothing is changed.

    `to` is `infrastructure`, `application`, or another stack as `<project>/<stack>`.
    """
    known = all_claims()
    here = _sound(known[stack])
    name, platform = here.claims[0].name, here.infrastructure
    target = _target(stack, platform, to, known)
    with cluster_api(kubeconfig_of(platform, toolchain)) as api:
        snapshot = take_snapshot(api, name)
    if snapshot is None:
        fact = f"There is no namespace '{name}' on the cluster, so there is nothing to move."
        raise Refusal(fact, "Deploy its owner first, or correct the setting namespace.")
    if snapshot.terminating:
        fact = f"The namespace '{name}' is being deleted, so it cannot be moved."
        raise Refusal(fact, "Wait until it no longer exists, and deploy its owner.")
    named = (snapshot.owner, snapshot.previous_owner)
    claimants = {
        one for one, facts in known.items() if facts.infrastructure == platform and facts.claim(name)
    }
    owners = {one for one in known if one == platform or one.owner in named}
    concerned = sorted(claimants | owners | {target, stack})
    sound = [_sound(known[one]) for one in concerned]
    return Facts(
        platform,
        target,
        snapshot,
        stacks={one.stack: replace(one, state=state_of(one.stack, toolchain)) for one in sound},
        written={one: own_settings(one) for one in concerned},
    )


def take_snapshot(api: ClusterApi, name: str) -> Snapshot | None:
    """Observe a namespace and what is in it; None where it does not exist."""
    item = api.get(f"/api/v1/namespaces/{name}")
    if item is None:
        return None
    unlisted: list[str] = []
    objects = tuple(contents(api, name, unlisted))
    tell_unlisted(unlisted)
    pods = {
        pod["metadata"]["uid"]: sum(
            status["restartCount"] for status in (pod.get("status") or {}).get("containerStatuses") or ()
        )
        for pod in api.list(f"/api/v1/namespaces/{name}/pods")
    }
    return Snapshot(**vars(observed_namespace(item)), objects=objects, pods=pods)


def losses(before: Snapshot, after: Snapshot | None) -> list[str]:
    """What was lost between two snapshots, a line each; nothing where all is as it was."""
    if after is None:
        return ["the namespace no longer exists"]
    lost: list[str] = []
    if after.terminating:
        lost.append("the namespace is being deleted")
    if after.uid != before.uid:
        lost.append(f"the namespace was recreated: its UID is {after.uid}, before {before.uid}")
    uids = {item.uid for item in after.objects}
    lost += [f"{item.kind}/{item.name} no longer exists" for item in before.objects if item.uid not in uids]
    for uid, restarts in before.pods.items():
        if uid not in after.pods:
            lost.append(f"a pod no longer exists: {uid}")
        elif after.pods[uid] > restarts:
            lost.append(f"a pod was restarted: {uid}")
    return lost


def _sound(facts: StackFacts) -> StackFacts:
    if facts.fault:
        raise facts.fault
    return facts


def _target(stack: Stack, platform: Stack, to: str, known: Mapping[Stack, StackFacts]) -> Stack:
    wanted = {"infrastructure": str(platform), "application": str(stack)}.get(to, to)
    target = next((one for one in known if wanted in (str(one), one.owner)), None)
    if target is None:
        fact = f"TO={to} names no stack of this checkout." if to else "TO was not given."
        raise Refusal(fact, "Name the new owner: TO=infrastructure, TO=application, or TO=<project>/<stack>.")
    return target
