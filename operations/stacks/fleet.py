"""All services of an environment, side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from operations.console import err
from operations.engine.faults import EngineFailure
from operations.engine.project import StackId, services
from shared.refusal import Refusal

_AT_ONCE = 2
"""A run of the engine takes about a core."""


def stacks_of(environment: str) -> list[StackId]:
    """The application stacks that have settings for an environment."""
    return [
        StackId(project, environment)
        for project in services().values()
        if environment in project.environments
    ]


def for_each(stacks: list[StackId], verb: Callable[[StackId], None]) -> int:
    """Do something with several stacks, going on where one fails.

    Args:
        stacks: the stacks.
        verb: what to do with each.

    Returns:
        The worst exit code: 0, 1 for a failure, 2 for a refusal.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return max(pool.map(lambda stack: _attempt(stack, verb), stacks), default=0)


def _attempt(stack: StackId, verb: Callable[[StackId], None]) -> int:
    try:
        verb(stack)
    except Refusal as refusal:
        err.print(f"{stack.label}: {refusal}", style="red", markup=False)
        return 2
    except EngineFailure as failure:
        err.print(str(failure), style="red", markup=False)
        return 1
    return 0
