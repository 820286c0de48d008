"""The plan of a move: its facts, by live object, states and settings, and from these alone the steps that are left."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from operations.checkout import settings_file, shown
from operations.facts import StackFacts, all_claims, kubeconfig_of, state_of
from operations.settings import own_settings, without_adoption
from operations.stacks.namespace import LiveObject, contents, tell_unlisted
from operations.toolchain import Toolchain
from shared.config.files import ABSENT, Keys
from shared.config.isolation import GovernedBy
from shared.errors import Refusal
from shared.kube.client import ClusterApi, cluster_api
from shared.kube.observed import ObservedNamespace, observed_namespace
from shared.labels import UNOWNED
from shared.ownership.claim import Claim
from shared.ownership.decision import check_release
from shared.stacks import Stack
from shared.state import StateObject

_CARRIED = ("profile", "team", "cost_center", "isolation", "governed_by", "protect_namespace")
"""The settings that move along with a namespace."""


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
    objects, unlisted = contents(api, name)
    tell_unlisted(unlisted)
    pods = {
        pod["metadata"]["uid"]: sum(
            status["restartCount"] for status in (pod.get("status") or {}).get("containerStatuses") or ()
        )
        for pod in api.list(f"/api/v1/namespaces/{name}/pods")
    }
    return Snapshot(**vars(observed_namespace(item)), objects=tuple(objects), pods=pods)


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


@dataclass(frozen=True)
class Step:
    """One step: a change of one settings file (ABSENT removes a setting), and the update of its stack.

    A reader is not updated, nor an owner that has completed its adoption: with the setting or without it, their
    programs declare the same. `copies` says which file has some of the changes already, to be copied with their
    comments: the stack, and the keys in its file, by the keys in the file that changes.
    """

    title: str
    stack: Stack
    changes: Mapping[str, Any]
    updates: bool = True
    copies: Mapping[Keys, tuple[Stack, Keys]] = field(default_factory=dict)


def make_plan(facts: Facts, from_owner: str) -> list[Step]:
    """Plan a move, from whatever point it is at: the steps that are left.

    `from_owner` is the owner that the user names, `unowned` for a namespace that has none; empty for any stack.
    """
    _check(facts, from_owner)
    steps: list[Step] = []
    target = facts.target
    claim = facts.claim(target)
    is_adopting = bool(claim and claim.adopt_from)
    owned = facts.owner == target.owner and facts.in_state(target) and facts.claims_to_own(target)
    if _adopted_before(facts):
        steps += _release_first(facts)
    exported = facts.name in (facts.stacks[target].state.outputs.get("namespaces") or {})
    # An update that was cut short has adopted the namespace, and perhaps not yet its isolation, nor exported it.
    if not owned or not exported or is_adopting:
        adopted_from = facts.owner if facts.owner != target.owner else facts.snapshot.previous_owner
        changes, copies = _owning(facts, adopted_from), _copies(facts)
        steps.append(Step(f"{target.owner} adopts it", target, changes, copies=copies))
    steps += [
        Step(f"{stack.owner} releases it", stack, _releasing(facts, stack, target))
        for stack in facts.other_owners
    ]
    steps += [
        Step(f"{stack.owner} reads it from {target.owner}", stack, _reading(facts, target), updates=False)
        for stack in facts.readers
    ]
    if steps or is_adopting:
        done = _entry(facts, {}) if target == facts.platform else {"adopt_namespace_from": ABSENT}
        steps.append(Step(f"{target.owner} has adopted it", target, done, updates=False))
    return steps


def given_up(facts: Facts) -> dict[str, Any]:
    """What infrastructure's entry of a namespace says that an application has no setting for, such as its tenants.

    It is removed with the entry where the namespace moves to an application, and does not come back with it.
    """
    if facts.target == facts.platform:
        return {}
    return {name: value for name, value in without_adoption(facts.entry).items() if name not in _CARRIED}


def _check(facts: Facts, from_owner: str) -> None:
    owner, target, name = facts.owner, facts.target, facts.name
    if from_owner and owner not in (from_owner.replace("/", ".", 1), target.owner):
        fact = f"FROM={from_owner}, but the namespace '{name}' is owned by {owner}."
        raise Refusal(fact, "Leave FROM out to move it from the stack that owns it.")
    if owner == UNOWNED and from_owner != UNOWNED:
        raise Refusal(f"No stack owns the namespace '{name}'.", f"To adopt it all the same: FROM={UNOWNED}")
    if owner not in (UNOWNED, target.owner) and not facts.owning_stack:
        fact = f"The namespace '{name}' is owned by {owner}, which is not a stack of this checkout."
        raise Refusal(fact, "Run the move from a checkout that has that stack's settings.")
    for stack in facts.other_owners:
        found, file = facts.in_state(stack), shown(settings_file(stack))
        if found and found.protected:
            fact = f"The namespace '{name}' is protected by {stack.owner}, which does not release it."
            remedy = f"Set protect_namespace: false in {file} and deploy it once; then run the move again."
            raise Refusal(fact, remedy)
        if found:
            check_release(stack, found, f"Deploy {stack.label} once; then run the move again.")
    if target != facts.platform and not facts.claim(target):
        fact = f"{target.label} does not use the namespace '{name}', so it cannot own it."
        raise Refusal(fact, "Name a stack whose settings have that namespace.")


def _adopted_before(facts: Facts) -> bool:
    """Whether the target's state has the namespace from before it was adopted from it: it could not adopt it again."""
    found = facts.in_state(facts.target)
    return bool(
        found and facts.owner not in (UNOWNED, facts.target.owner) and found.previous_owner == facts.owner
    )


def _release_first(facts: Facts) -> list[Step]:
    """Complete the move that was cut short, so that it can be undone: its new owner's part, then the target's."""
    owner, target = facts.owning_stack, facts.target
    steps = []
    if owner and facts.claims_to_own(owner):
        steps.append(Step(f"{owner.owner} completes its adoption", owner, {}))
    changes = _releasing(facts, target, owner)
    return [*steps, Step(f"{target.owner} releases what is left in its state", target, changes)]


def _owning(facts: Facts, adopted_from: str) -> dict[str, Any]:
    """The settings of the new owner."""
    if facts.target == facts.platform:
        return _entry(facts, {"adopt_namespace_from": adopted_from} if adopted_from else {})
    written = facts.written[facts.target]
    kept = _no_longer_said(facts, facts.target) if _adopted_before(facts) else {}
    return {
        **{name: written[name] for name in kept},
        **_carried(facts),
        # It is true by default, and was written only to release the namespace, or as it is.
        "create_namespace": True if written.get("create_namespace") is True else ABSENT,
        "namespace_source": ABSENT,
        "adopt_namespace_from": adopted_from or ABSENT,
    }


def _releasing(facts: Facts, stack: Stack, owner: Stack | None) -> dict[str, Any]:
    """The settings of a stack that leaves the namespace to its owner."""
    if stack == facts.platform:
        others = {name: own for name, own in facts.entries.items() if name != facts.name}
        return {"namespaces": others or ABSENT}
    return {
        "create_namespace": False,
        "adopt_namespace_from": ABSENT,
        **(_reading(facts, owner) if owner else {}),
        **_no_longer_said(facts, stack),
    }


def _reading(facts: Facts, owner: Stack) -> dict[str, Any]:
    return {"namespace_source": ABSENT if owner == facts.platform else str(owner)}


def _no_longer_said(facts: Facts, stack: Stack) -> dict[str, Any]:
    """The changes by which an application that releases a namespace no longer says how that is isolated."""
    claim = facts.claim(stack)
    if claim and claim.managed_by is GovernedBy.APPLICATION:
        return {}
    # Its team is what it needs for itself as well.
    return {name: ABSENT for name in _CARRIED if name in facts.written[stack] and name != "team"}


def _carried(facts: Facts) -> dict[str, Any]:
    """The settings of the namespace's isolation that its new owner adopts from the old one; its own come first."""
    owner, target, platform = facts.owning_stack, facts.target, facts.platform
    if owner is None or owner == target:
        return {}
    brings, has = (facts.entry if stack == platform else facts.written[stack] for stack in (owner, target))
    # An application that owns a namespace manages its isolation in any case.
    left = {"governed_by"} if target != platform else set()
    names = (name for name in _CARRIED if name not in has and name not in left)
    return {name: brings[name] for name in names if name in brings}


def _copies(facts: Facts) -> dict[Keys, tuple[Stack, Keys]]:
    """Where the files have what the new owner adopts, and what it has said itself and will say again."""
    owner, target = facts.owning_stack, facts.target
    here, there = (("namespaces", facts.name) if stack == facts.platform else () for stack in (target, owner))
    own = {(*here, name): (target, (*here, name)) for name in _CARRIED if _adopted_before(facts)}
    return own | {(*here, name): (owner, (*there, name)) for name in _carried(facts) if owner}


def _entry(facts: Facts, adoption: Mapping[str, str]) -> dict[str, Any]:
    """The setting `namespaces` with the namespace in it as its new owner has it."""
    entry = {**without_adoption(facts.entry), **_carried(facts), **adoption}
    return {"namespaces": {**facts.entries, facts.name: entry}}
