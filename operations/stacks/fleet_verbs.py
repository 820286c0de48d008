"""The verbs on a fleet: several services deployed, previewed or taken down side by side."""

import time
from collections.abc import Callable, Sequence

from operations.console import err
from operations.engine.events import Step
from operations.engine.project import StackId
from operations.stacks.deploy import hold, plan, show, update
from operations.stacks.fleet import at_once
from operations.stacks.fleet_display import FleetDisplay, sum_up
from operations.stacks.neighbours import Waits, one_by_one
from operations.stacks.order import Needs, no_order, owners_first, readers_first
from operations.stacks.side_by_side import Verb, side_by_side
from operations.stacks.take_down import take_objects_down
from operations.toolchain import Toolchain


def deploy_all(
    stacks: Sequence[StackId], toolchain: Toolchain, *, allow: str = "", parallel: str = ""
) -> int:
    """Deploy several services, owners of namespaces before those who read them, one at a time in each namespace.

    Args:
        stacks: the services' stacks.
        toolchain: where the engine is.
        allow: what may be lost in this run, as `Kind/name` separated by commas.
        parallel: how many at once.

    Returns:
        The worst exit code: 0, 1 for a failure, 2 for a refusal.

    Raises:
        Refusal: nothing was begun, since services read from each other in a circle or `parallel` is no number.
    """
    needs = owners_first(stacks)
    return _run(
        "apps-up",
        needs,
        lambda stack: update(stack, toolchain, allow=allow),
        parallel,
        waits=one_by_one(needs),
    )


def preview_all(
    stacks: Sequence[StackId], toolchain: Toolchain, *, allow: str = "", parallel: str = ""
) -> int:
    """Show what deploying several services would do; nothing changes, so that they are in no order.

    The plans are shown once all are made: a live display would wipe out what is printed beside it.

    Returns:
        The worst exit code: 0, 1 for a failure, 2 for a refusal.

    Raises:
        Refusal: nothing was begun, since `parallel` is no number.
    """
    plans: dict[StackId, tuple[Step, ...]] = {}

    def verb(stack: StackId) -> tuple[Step, ...]:
        steps = plans[stack] = plan(stack, toolchain, allow=allow)
        hold(stack, steps, allow)
        return steps

    def show_all() -> None:
        for stack in stacks:
            if stack in plans:
                show(stack, plans[stack], allow)

    return _run("apps-preview", no_order(stacks), verb, parallel, show_all=show_all)


def take_all_down(stacks: Sequence[StackId], toolchain: Toolchain, *, parallel: str = "") -> int:
    """Take several services down, who reads a namespace before its owner; all namespaces stay.

    Returns:
        The worst exit code: 0, 1 for a failure, 2 for a refusal.

    Raises:
        Refusal: nothing was begun, since services read from each other in a circle or `parallel` is no number.
    """
    kept: dict[StackId, list[str]] = {}

    def verb(stack: StackId) -> tuple[Step, ...]:
        steps, kept[stack] = take_objects_down(stack, toolchain)
        return steps

    code = _run("apps-down", readers_first(stacks), verb, parallel)
    for stack, names in kept.items():
        for name in names:
            err.print(f"The namespace '{name}' stays, and {stack.owner} goes on owning it.", markup=False)
    return code


def _run(
    name: str,
    needs: Needs,
    verb: Verb,
    parallel: str,
    *,
    waits: Waits | None = None,
    show_all: Callable[[], None] = lambda: None,
) -> int:
    begun = time.monotonic()
    number = at_once(parallel)
    with FleetDisplay(len(needs)) as display:
        ends = side_by_side(needs, verb, at_once=number, audience=display, waits=waits)
    show_all()
    return sum_up(name, ends, time.monotonic() - begun)
