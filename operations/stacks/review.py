"""A plan for reviewers: the gate's table as Markdown, or why there is none."""

from operations.engine.faults import EngineFailure
from operations.engine.project import StackId
from operations.engine.report import is_shown, tally
from operations.gate.judgement import enforce, judge
from operations.gate.markdown import end_as_markdown, plan_as_markdown
from operations.stacks.deploy import plan
from operations.toolchain import Toolchain
from shared.refusal import Refusal


def review(stack: StackId, toolchain: Toolchain, *, allow: str = "") -> None:
    """Print what deploying a stack would do as Markdown; where it cannot be told, why, before the error goes on.

    Args:
        stack: which stack.
        toolchain: where the engine is.
        allow: what may be lost in this run, as `Kind/name` separated by commas.

    Raises:
        Refusal: the settings, the program, a guard or the gate refuses.
        EngineFailure: the preview failed.
    """
    try:
        steps = plan(stack, toolchain, allow=allow)
    except Refusal as refusal:
        _print(end_as_markdown(stack.label, "refused", str(refusal)))
        raise
    except EngineFailure as failure:
        _print(end_as_markdown(stack.label, "failed", str(failure)))
        raise
    verdicts = [verdict for verdict in judge(steps, allow) if is_shown(verdict.step)]
    _print(plan_as_markdown(stack.label, verdicts, f"{tally(steps)} (planned)"))
    enforce(stack.label, verdicts)


def _print(text: str) -> None:
    print(text)  # noqa: T201 - rich would wrap it
