"""A planned move as the map shows it: the cluster as it is, the plan, and the cluster as it will be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from operations.console import step
from operations.handover.facts import Facts
from operations.handover.plan import Step
from operations.handover.settings_file import ABSENT
from operations.map.draw import page_file, write_page
from operations.map.page import change_page
from operations.map.picture import picture
from operations.paths import ROOT
from operations.status.disagreements import examine
from operations.status.facts import ClusterFacts, HeldFacts, StackFacts, WishFacts
from operations.status.gather import gather_all
from operations.toolchain import Toolchain
from shared.labels import UNOWNED
from shared.refusal import Refusal


@dataclass(frozen=True)
class StepShown:
    """A step of the plan.

    Args:
        title: what it does.
        lines: the settings that it changes.
        update: the stack that it updates; empty for none.
    """

    title: str
    lines: tuple[str, ...]
    update: str


def draw_move(facts: Facts, steps: Sequence[Step], out: str, toolchain: Toolchain) -> Path:
    """Write a planned move as a picture of before and after.

    Args:
        facts: the facts of the handover.
        steps: its plan.
        out: the file to write, relative to the checkout.
        toolchain: where the engine is.

    Returns:
        The file.

    Raises:
        Refusal: the file cannot be written there, or the cluster does not answer.
        EngineFailure: the backend cannot be read.
    """
    file = page_file(out)
    with step("Looking at stacks and clusters"):
        found = gather_all(toolchain, lambda stack: stack == facts.platform, with_workloads=True).clusters
    if not found or found[0].silence or facts.name not in found[0].live:
        raise Refusal(
            f"The cluster of {facts.platform.label} stopped answering before its picture was drawn.",
            "Run the command again, or leave MAP out to see the plan alone.",
        )
    before = found[0]
    concerned = {facts.target.owner, facts.owner, *(stack.owner for stack in facts.other_owners)} - {UNOWNED}
    was = picture(examine(before, concerned), "was")
    will = picture(examine(after_move(before, facts), concerned), "will")
    labels = {chip.owner: chip.label for chip in was.known.values()}
    title = (
        f"Moving {facts.name} from {labels.get(facts.owner, 'nobody')} to {facts.target.label}"
        if facts.owner != facts.target.owner
        else f"{facts.name} stays with {facts.target.label}"
    )
    shown = [_shown(one) for one in steps]
    write_page(file, change_page(was, will, title, shown, datetime.now(UTC)))
    return file


def after_move(cluster: ClusterFacts, facts: Facts) -> ClusterFacts:
    """A cluster as it will be once a handover is complete.

    Args:
        cluster: the cluster as it is.
        facts: the facts of the handover.
    """
    name, target, live = facts.name, facts.target.owner, cluster.live[facts.name]
    if live.owner != target:
        live = replace(live, owner=target, previous_owner=live.owner, taken_over="")
    held = HeldFacts(name, live.uid, target, live.previous_owner)
    givers = {stack.owner for stack in facts.other_owners}
    readers = {stack.owner for stack in facts.readers}
    stacks = []
    for stack in cluster.stacks:
        others = tuple(one for one in stack.holds if one.name != name)
        if stack.owner == target:
            stacks.append(replace(stack, holds=(*others, held), wishes=_with(stack, name, source="")))
        elif stack.owner in givers:
            stacks.append(replace(stack, holds=others, wishes=_with(stack, name, source=target)))
        elif stack.owner in readers:
            stacks.append(replace(stack, wishes=_with(stack, name, source=target)))
        else:
            stacks.append(stack)
    return replace(cluster, stacks=tuple(stacks), live={**cluster.live, name: live})


def _with(stack: StackFacts, name: str, *, source: str) -> tuple[WishFacts, ...]:
    """A stack's wishes once it owns a namespace, or reads it from a source; infrastructure reads none."""
    others = tuple(wish for wish in stack.wishes if wish.name != name)
    if source and stack.infrastructure:
        return others
    now = stack.wish(name)
    return (*others, WishFacts(name, source, tenants=now.tenants if now and not source else ()))


def _shown(one: Step) -> StepShown:
    file = one.stack.project.settings_file(one.stack.environment).relative_to(ROOT)
    lines = (
        f"{file}: {name} {'is removed' if value is ABSENT else f'= {value}'}"
        for name, value in one.changes.items()
    )
    return StepShown(one.title, tuple(lines), one.stack.label if one.updates else "")
