"""All services of an environment, side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from operations.console import err
from operations.engine.faults import EngineFailure
from operations.engine.project import StackId, own_setting, services
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
    """Do something with several stacks, going on where one fails: owners of namespaces first, then who reads them.

    Args:
        stacks: the stacks.
        verb: what to do with each.

    Returns:
        The worst exit code: 0, 1 for a failure, 2 for a refusal.
    """
    readers = [stack for stack in stacks if _reads(stack)]
    owners = [stack for stack in stacks if stack not in readers]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        codes = [
            code for some in (owners, readers) for code in pool.map(lambda stack: _attempt(stack, verb), some)
        ]
    return max(codes, default=0)


def _reads(stack: StackId) -> bool:
    """Whether it lives in a namespace of another stack; what is wrong with its settings is told in its turn."""
    try:
        return own_setting(stack, "create_namespace") == "false"
    except Refusal:
        return False


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
