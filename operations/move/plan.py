"""The plan of a move: which settings change in which file, and which updates run, in which order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.checkout import settings_file, shown
from operations.move.facts import Facts
from operations.settings import without_adoption
from shared.config.files import ABSENT, Keys
from shared.config.isolation import GovernedBy
from shared.errors import Refusal
from shared.labels import UNOWNED
from shared.ownership.decision import check_release
from shared.stacks import Stack

_CARRIED = ("profile", "team", "cost_center", "isolation", "governed_by", "protect_namespace")
"""The settings that move along with a namespace."""


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
