"""Moving a namespace: its new owner adopts it, its old owner releases it, each by an ordinary update of one stack."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from filelock import FileLock
from rich.text import Text

from operations.checkout import local_folder, settings_file, shown
from operations.console import err, out
from operations.engine.events import Step as EngineStep
from operations.engine.events import describe as describe_step
from operations.engine.events import is_shown
from operations.engine.stack import EngineStack
from operations.facts import kubeconfig_of
from operations.move.plan import Facts, Snapshot, Step, gather, given_up, losses, make_plan, take_snapshot
from operations.settings import change_settings
from operations.stacks.deploy import deploy
from operations.toolchain import Toolchain
from shared.config.files import ABSENT, Keys, Lines, lines_of
from shared.errors import Failure, PlatformError, Refusal, after_changes
from shared.kube.client import cluster_api
from shared.stacks import Stack
from shared.state import ISOLATION

_AGAIN = "Then run the move again: it goes on."


def move(
    stack: Stack,
    toolchain: Toolchain,
    *,
    to: str,
    from_owner: str = "",
    dry_run: bool = False,
    planned: Callable[[Facts, Sequence[Step]], object] = lambda facts, steps: None,
) -> None:
    """Move the namespace of an application to another owner.

    It keeps no notes: run again after a kill at any point, it finds out how far it came, and goes on. A Refusal is
    raised before the first change, and a Failure after it: a step was refused or failed, or something was lost.

    `to` is as in `gather`, `from_owner` as in `make_plan`; `planned` is given the plan before its first step.
    """
    begun = time.monotonic()
    with FileLock(local_folder("locks") / "namespace-move.lock"):
        facts = gather(stack, to, toolchain)
        steps = make_plan(facts, from_owner)
        _print_plan(facts, steps)
        planned(facts, steps)
        _refuse_undeployed(facts, steps, toolchain)
        if dry_run or not steps:
            return
        # Read before the first step, since a step may remove what a later one writes again.
        copies = [_copies(step) for step in steps]
        for step in steps:
            change_settings(step.stack, step.changes, is_trial=True)
        _take(steps[0], copies[0], toolchain)
        with after_changes("The move has begun, and stopped: ", _AGAIN):
            for step, lines in zip(steps[1:], copies[1:], strict=True):
                _take(step, lines, toolchain)
            with cluster_api(kubeconfig_of(facts.platform, toolchain)) as api:
                after = take_snapshot(api, facts.name)
        _print_proof(facts, after, time.monotonic() - begun)


def describe(step: Step) -> list[str]:
    """What a step changes and updates, a line each."""
    file = shown(settings_file(step.stack))
    changes = (
        f"{file}: {name} = {'(removed)' if value is ABSENT else value}"
        for name, value in step.changes.items()
    )
    return [*changes, *([f"update of {step.stack.label}"] if step.updates else [])]


def _refuse_undeployed(facts: Facts, steps: Sequence[Step], toolchain: Toolchain) -> None:
    """Refuse a move whose updates would deploy what was changed and not deployed before."""
    stacks = list(dict.fromkeys(step.stack for step in steps if step.updates))
    with ThreadPoolExecutor(max(1, len(stacks))) as pool:
        found = pool.map(lambda stack: _undeployed(stack, facts, toolchain), stacks)
        waiting = {stack: taken for stack, taken in zip(stacks, found, strict=True) if taken}
    if waiting:
        lines = [
            f"    {stack.label}:{Text.from_markup(describe_step(step)).plain.rstrip()}"
            for stack, taken in waiting.items()
            for step in taken
        ]
        raise Refusal(
            "The move would deploy what was changed and is not deployed yet:\n" + "\n".join(lines),
            f"Nothing was changed. Deploy it first, or take it back: {', '.join(one.command('up') for one in waiting)}",
        )


def _undeployed(stack: Stack, facts: Facts, toolchain: Toolchain) -> list[EngineStep]:
    """What an update would change now; nothing for a first deployment, and where only the move helps."""
    try:
        steps = EngineStack(stack, toolchain).preview()
    except PlatformError:
        return []
    own = [step for step in steps if is_shown(step) and "::pulumi:providers:" not in step.urn]
    if facts.claims_to_own(facts.target):
        # The move has begun: what it changes itself is not deployed yet.
        own = [step for step in own if step.kind != "Namespace" and ISOLATION not in step.urn]
    return own if any(step.operation != "create" for step in steps) else []


def _copies(step: Step) -> dict[Keys, Lines]:
    """How other files write what a step changes."""
    return {
        keys: lines
        for keys, (stack, there) in step.copies.items()
        if (lines := lines_of(settings_file(stack), stack.project, there))
    }


def _take(step: Step, copies: Mapping[Keys, Lines], toolchain: Toolchain) -> None:
    err.print(f"[bold]→[/bold] {step.title}")
    change_settings(step.stack, step.changes, copies=copies)
    if step.updates:
        with after_changes(f"The move stopped where {step.title}: ", _AGAIN):
            deploy(step.stack, toolchain)


def _print_plan(facts: Facts, steps: Sequence[Step]) -> None:
    owner = f"is owned by {facts.owner}" if facts.snapshot.owner else "has no owner"
    out.print(f"The namespace '{facts.name}' (UID {facts.snapshot.uid}) {owner}.", markup=False)
    for item in facts.snapshot.objects:
        out.print(f"  in it: {item}", markup=False)
    if not steps:
        out.print(f"Nothing to do: {facts.target.owner} owns it, and states and settings agree.")
        return
    for number, step in enumerate(steps, start=1):
        out.print(f"{number}. {step.title}")
        for line in describe(step):
            out.print(f"     {line}", markup=False)
    if lost := given_up(facts):
        out.print("  An application has no such settings, so they are removed with infrastructure's entry:")
        for name, value in lost.items():
            out.print(f"     {name} = {value}", markup=False)
        out.print("  Where the namespace moves back to infrastructure, set them again.")


def _print_proof(facts: Facts, after: Snapshot | None, seconds: float) -> None:
    before, lost = facts.snapshot, losses(facts.snapshot, after)
    if lost or after is None:
        raise Failure(
            f"The namespace '{before.name}' was moved to {facts.target.owner}, but not everything is as it was:\n"
            + "\n".join(f"    {line}" for line in lost),
            "If no other user or controller changed it in the meantime, report this as a defect.",
        )
    out.print(
        f"Moved: '{after.name}' is owned by {after.owner} (before: {before.owner or 'no stack'}). "
        f"Same UID {after.uid}, the same {len(before.objects)} objects and {len(before.pods)} pods, no restart, "
        f"{seconds:.1f} s.",
        markup=False,
    )
