"""The plan of a handover: which settings change in which file, and which updates run, in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.engine.project import StackId
from operations.handover.carried import carried, left_behind
from operations.handover.facts import Facts
from operations.handover.intent import platform_namespaces
from operations.handover.settings_file import ABSENT, read_settings
from operations.paths import shown
from shared.labels import UNOWNED
from shared.refusal import Refusal


@dataclass(frozen=True)
class Step:
    """One step: a change of one settings file, and the update of its stack.

    Args:
        title: what it does, as a short phrase.
        stack: whose settings change.
        changes: the settings that change, by name; ABSENT removes one.
        updates: whether the stack is updated. A reader is not, nor an owner whose take-over is complete: with the
            setting or without it, their programs declare the same.
    """

    title: str
    stack: StackId
    changes: Mapping[str, Any]
    updates: bool = True


def make_plan(facts: Facts, from_owner: str) -> list[Step]:
    """Make the plan of a handover, from whatever point it stands at.

    Args:
        facts: what is true now.
        from_owner: the owner that the user names; empty where any will do but nobody.

    Returns:
        The steps that are left; none where the handover is complete.

    Raises:
        Refusal: the facts don't fit.
    """
    _check(facts, from_owner)
    steps: list[Step] = []
    target = facts.target
    owned = facts.owner == target.owner and facts.held[target] and facts.wants(target)
    if _took_it_over_once(facts):
        steps += _let_go_first(facts)
    # An update that was cut short has taken the namespace, and perhaps not yet what isolates it, nor exported it.
    if not owned or not facts.exported or _still_adopting(facts):
        adopted_from = facts.owner if facts.owner != target.owner else facts.picture.previous_owner
        steps.append(Step(f"{target.owner} adopts it", target, _owning(facts, adopted_from)))
    steps += [
        Step(f"{stack.owner} keeps out of it and lets go", stack, _letting_go(facts, stack))
        for stack in facts.other_owners
    ]
    steps += [
        Step(f"{stack.owner} reads it from {target.owner}", stack, _reading(facts, stack), updates=False)
        for stack in facts.readers
    ]
    if steps or _still_adopting(facts):
        steps.append(
            Step(f"{target.owner} owns it without a take-over", target, _settled(facts), updates=False)
        )
    return steps


def _check(facts: Facts, from_owner: str) -> None:
    owner, target = facts.owner, facts.target
    if from_owner and owner not in (from_owner.replace("/", ".", 1), target.owner):
        raise Refusal(
            f"FROM={from_owner}, but the namespace '{facts.name}' is owned by {owner}.",
            "Leave FROM out to move it from whoever owns it.",
        )
    if owner == UNOWNED and from_owner != UNOWNED:
        raise Refusal(
            f"Nobody owns the namespace '{facts.name}'.", f"Take it over all the same: FROM={UNOWNED}"
        )
    known = {stack.owner for stack in facts.held}
    if owner not in (UNOWNED, target.owner) and owner not in known:
        raise Refusal(
            f"The namespace '{facts.name}' is owned by {owner}, which is no stack of this checkout.",
            "Run the move from a checkout that has that stack's settings.",
        )
    for stack in facts.other_owners:
        held = facts.held[stack]
        if held and held.protected:
            raise Refusal(
                f"The namespace '{facts.name}' is protected by {stack.owner}, which does not let go of it.",
                f"Set protect_namespace: false in {_file(stack)} and deploy it once; then run the move again.",
            )
        if held and not held.retained:
            raise Refusal(
                f"{stack.owner} holds the namespace '{facts.name}' in its state from a program without these ownership "
                "rules; letting go of it would delete it with everything in it.",
                f"Deploy {stack.label} once; then run the move again.",
            )
    lives_there = target == facts.platform or any(intent.stack == target for intent in facts.intents)
    if not lives_there:
        raise Refusal(
            f"{target.label} does not live in the namespace '{facts.name}', so it cannot own it.",
            "Name a stack whose settings have that namespace.",
        )


def _took_it_over_once(facts: Facts) -> bool:
    """Whether the target still holds the namespace from before it was taken from it: it could not adopt it anew."""
    held = facts.held[facts.target]
    return bool(
        held and facts.owner not in (UNOWNED, facts.target.owner) and held.previous_owner == facts.owner
    )


def _let_go_first(facts: Facts) -> list[Step]:
    """Complete the handover that was cut short, so that it can be undone: its owner's part, then the target's."""
    owner, target = _owning_stack(facts), facts.target
    steps = []
    if owner and facts.wants(owner):
        steps.append(Step(f"{owner.owner} completes its take-over", owner, {}))
    changes = _letting_go(facts, target)
    if owner and target != facts.platform:
        changes["namespace_source"] = _source(facts, owner)
    return [*steps, Step(f"{target.owner} lets go of what it holds from before", target, changes)]


def _file(stack: StackId) -> str:
    return str(shown(stack.project.settings_file(stack.environment)))


def _owning(facts: Facts, adopted_from: str) -> dict[str, Any]:
    if facts.target == facts.platform:
        return _entry(facts, {"adopt_from": adopted_from} if adopted_from else {})
    kept = left_behind(facts.target) if _took_it_over_once(facts) else {}
    settings = read_settings(facts.target)
    return {
        **{name: settings[name] for name in kept},
        **_comes_along(facts),
        "create_namespace": True,
        "namespace_source": ABSENT,
        "adopt_namespace_from": adopted_from or ABSENT,
    }


def _letting_go(facts: Facts, stack: StackId) -> dict[str, Any]:
    if stack == facts.platform:
        rest = {name: own for name, own in platform_namespaces(stack).items() if name != facts.name}
        return {"namespaces": rest or ABSENT}
    return {
        "create_namespace": False,
        "adopt_namespace_from": ABSENT,
        **_reading(facts, stack),
        **left_behind(stack),
    }


def _reading(facts: Facts, stack: StackId) -> dict[str, Any]:
    return {"namespace_source": _source(facts, facts.target)} if stack != facts.target else {}


def _source(facts: Facts, owner: StackId) -> Any:
    return ABSENT if owner == facts.platform else f"{owner.project.name}/{owner.environment}"


def _settled(facts: Facts) -> dict[str, Any]:
    if facts.target == facts.platform:
        return _entry(facts, {})
    return {"adopt_namespace_from": ABSENT}


def _comes_along(facts: Facts) -> dict[str, Any]:
    return carried(_owning_stack(facts), facts.name, facts.platform, facts.target)


def _owning_stack(facts: Facts) -> StackId | None:
    return next((stack for stack in facts.held if stack.owner == facts.owner), None)


def _entry(facts: Facts, adoption: Mapping[str, str]) -> dict[str, Any]:
    """The setting `namespaces` with the namespace in it as its new owner has it."""
    before = platform_namespaces(facts.platform)
    own = {key: value for key, value in before.get(facts.name, {}).items() if key != "adopt_from"}
    return {"namespaces": {**before, facts.name: {**own, **_comes_along(facts), **adoption}}}


def _still_adopting(facts: Facts) -> bool:
    if facts.target == facts.platform:
        return "adopt_from" in platform_namespaces(facts.platform).get(facts.name, {})
    return "adopt_namespace_from" in read_settings(facts.target)
