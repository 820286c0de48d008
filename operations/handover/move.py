"""The move itself: the new owner adopts, the old owner lets go; each step is an ordinary update of one stack."""

import time

from filelock import FileLock

from operations.console import err, out
from operations.engine.project import StackId
from operations.engine.settings import engine_settings
from operations.handover.carried import given_up
from operations.handover.facts import Facts, gather
from operations.handover.plan import Step, make_plan
from operations.handover.proof import Picture, losses, take_picture
from operations.handover.settings_file import ABSENT, change_settings
from operations.paths import ROOT, local_folder
from operations.stacks.connection import stack_kubeconfig
from operations.stacks.deploy import deploy
from operations.toolchain import Toolchain
from shared.cluster.api import cluster_api
from shared.refusal import Refusal


def move(
    stack: StackId,
    toolchain: Toolchain,
    *,
    to: str,
    from_owner: str = "",
    dry_run: bool = False,
    picture: str = "",
) -> None:
    """Move the namespace of an application to another owner.

    It keeps no notes: run again after a kill at any point, it finds out where it stood and goes on.

    Args:
        stack: the application whose namespace is to move.
        toolchain: where the engine is.
        to: `infrastructure`, `application`, or another stack as `<project>/<stack>`.
        from_owner: the owner to move it from; `unowned` for a namespace that nobody owns; empty for whoever owns it.
        dry_run: whether to print the plan alone.
        picture: the file to draw the plan into, as before and after; empty for none.

    Raises:
        Refusal: the facts don't fit, or a step is refused; what was done by then stays, and nothing is lost.
        EngineFailure: a step failed; running the command again goes on.
    """
    begun = time.monotonic()
    with FileLock(local_folder("locks") / "namespace-move.lock"):
        kubeconfig = stack_kubeconfig(stack, toolchain)
        facts = gather(stack, to, kubeconfig, toolchain)
        steps = make_plan(facts, from_owner)
        _print_plan(facts, steps)
        if picture:
            _draw(facts, steps, picture, toolchain)
        if dry_run or not steps:
            return
        for step in steps:
            _take(step, toolchain)
        with cluster_api(kubeconfig) as api:
            after = take_picture(api, facts.name)
        _print_proof(facts.picture, after, time.monotonic() - begun)


def _take(step: Step, toolchain: Toolchain) -> None:
    err.print(f"[bold]→[/bold] {step.title}")
    change_settings(step.stack, dict(step.changes))
    if step.updates:
        deploy(step.stack, toolchain)
    else:
        engine_settings(step.stack)  # so that its next run does not take them for news


def _print_plan(facts: Facts, steps: list[Step]) -> None:
    out.print(
        f"The namespace '{facts.name}' (UID {facts.picture.uid}) is owned by {facts.owner}.", markup=False
    )
    for item in facts.picture.objects:
        out.print(f"  lives in it: {item}", markup=False)
    if not steps:
        out.print(f"Nothing to do: {facts.target.owner} owns it, and states and settings agree.")
    for number, step in enumerate(steps, start=1):
        out.print(f"{number}. {step.title}")
        file = step.stack.project.settings_file(step.stack.environment).relative_to(ROOT)
        for name, value in step.changes.items():
            shown = "(removed)" if value is ABSENT else value
            out.print(f"     {file}: {name} = {shown}", markup=False)
        if step.updates:
            out.print(f"     update of {step.stack.label}")

    _print_given_up(facts)


def _print_given_up(facts: Facts) -> None:
    given_up_here = given_up(facts.name, facts.platform, facts.target)
    for name, value in given_up_here.items():
        out.print(
            f"  goes with infrastructure's entry, an application has no such setting: {name} = {value}",
            markup=False,
        )
    if given_up_here:
        out.print("  Where the namespace moves back to infrastructure, give it again.")


def _draw(facts: Facts, steps: list[Step], picture: str, toolchain: Toolchain) -> None:
    from operations.map.change import draw_move  # noqa: PLC0415 - a move without a picture does without

    out.print(f"Before and after: {draw_move(facts, steps, picture, toolchain)}", markup=False)


def _print_proof(before: Picture, after: Picture, seconds: float) -> None:
    lost = losses(before, after)
    if lost:
        raise Refusal(
            f"The namespace '{before.name}' moved to {after.owner}, but not everything is as it was:\n"
            + "\n".join(f"    {line}" for line in lost),
            "If nobody else changed it meanwhile, report this as a defect.",
        )
    out.print(
        f"Moved: '{after.name}' is owned by {after.owner} (before: {before.owner or 'nobody'}). "
        f"Same UID {after.uid}, the same {len(before.objects)} objects and {len(before.pods)} pods, no restart, "
        f"{seconds:.1f} s.",
        markup=False,
    )
