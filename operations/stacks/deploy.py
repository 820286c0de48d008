"""Deploying a stack: preview, judge, and do what was judged."""

from rich.table import Table

from operations.console import err, out
from operations.engine.events import Step
from operations.engine.project import StackId
from operations.engine.report import describe, is_shown, tally
from operations.engine.runs import StackMissing
from operations.engine.scratch import scratch
from operations.engine.stack import EngineStack
from operations.gate.judgement import Verdict, enforce, judge
from operations.settings.effective import check_settings
from operations.stacks.collision import refuse_collisions
from operations.toolchain import Toolchain


def deploy(stack: StackId, toolchain: Toolchain, *, allow: str = "") -> None:
    """Bring a stack to what its program and settings say.

    A stack that was never made has nothing to lose, so its first run is the update alone. Where the preview finds
    nothing to do, it is the whole run.

    Args:
        stack: which stack.
        toolchain: where the engine is.
        allow: what may be lost in this run, as `Kind/name` separated by commas.

    Raises:
        Refusal: the program, a guard or the gate refuses.
        EngineFailure: the update failed; running it again goes on.
    """
    err.print(f"{stack.label}: {tally(update(stack, toolchain, allow=allow))}.")


def update(stack: StackId, toolchain: Toolchain, *, allow: str = "") -> tuple[Step, ...]:
    """Do what `deploy` does, and return the steps that it took.

    Raises:
        Refusal: the program, a guard or the gate refuses.
        EngineFailure: the update failed; running it again goes on.
    """
    engine = EngineStack(stack, toolchain, allow=allow)
    if _check_and_make(engine, toolchain):
        return engine.update().steps
    try:
        return _preview_and_update(engine, allow)
    except StackMissing:
        engine.create()
        return engine.update().steps


def preview(stack: StackId, toolchain: Toolchain, *, allow: str = "") -> None:
    """Show what deploying a stack would do, and the gate's judgement on it.

    Raises:
        Refusal: the program, a guard or the gate refuses.
        EngineFailure: the preview failed.
    """
    steps = plan(stack, toolchain, allow=allow)
    show(stack, steps, allow)
    hold(stack, steps, allow)


def plan(stack: StackId, toolchain: Toolchain, *, allow: str = "") -> tuple[Step, ...]:
    """What deploying a stack would do.

    Raises:
        Refusal: the program or a guard refuses.
        EngineFailure: the preview failed.
    """
    engine = EngineStack(stack, toolchain, allow=allow)
    _check_and_make(engine, toolchain)
    try:
        return engine.preview(show_steps=False).steps
    except StackMissing:
        engine.create()
        return engine.preview(show_steps=False).steps


def show(stack: StackId, steps: tuple[Step, ...], allow: str) -> None:
    """Show a plan, and the gate's judgement on it."""
    verdicts = [verdict for verdict in judge(steps, allow) if is_shown(verdict.step)]
    if verdicts:
        out.print(_table(stack, verdicts))
    out.print(f"{stack.label}: {tally(steps)} (planned).")


def hold(stack: StackId, steps: tuple[Step, ...], allow: str) -> None:
    """Hold a plan back where the gate refuses it.

    Raises:
        Refusal: it does.
    """
    enforce(stack.label, judge(steps, allow))


def _check_and_make(engine: EngineStack, toolchain: Toolchain) -> bool:
    """Check a stack's settings, then make the stack where the backend does not know it.

    Returns:
        Whether it was made; False where it was there already.
    """
    check_settings(engine.stack)
    refuse_collisions(engine.stack, toolchain)
    return engine.is_unknown and engine.create()


def _preview_and_update(engine: EngineStack, allow: str) -> tuple[Step, ...]:
    with engine.waiting_update() as waiting, scratch() as own:
        plan = own.folder / "plan.json"
        outcome = engine.preview(save_plan=plan, show_steps=False, meanwhile=waiting.begin)
        enforce(engine.stack.label, judge(outcome.steps, allow))
        return outcome.steps if outcome.changes_nothing else engine.update(plan=plan, waiting=waiting).steps


def _table(stack: StackId, verdicts: list[Verdict]) -> Table:
    table = Table(title=f"Plan for {stack.label}", title_justify="left")
    table.add_column("What", overflow="fold")
    table.add_column("Judgement")
    for verdict in verdicts:
        table.add_row(describe(verdict.step).strip(), _words(verdict))
    return table


def _words(verdict: Verdict) -> str:
    if verdict.refused:
        return "[red]refused[/red]"
    if verdict.loses:
        return "[yellow]allowed by name[/yellow]"
    return _harmless(verdict.step)


def _harmless(step: Step) -> str:
    return "kept on the cluster" if step.retained and step.operation == "delete" else "fine"
