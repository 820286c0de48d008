"""The verb that prints what the infrastructure of an environment would cost, for the command line."""

from datetime import datetime
from typing import Annotated

import typer


def infra_cost(
    environment: Annotated[
        str, typer.Option("--env", help="The environment, which is the stack's name.")
    ] = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print it for scripts.")] = False,
) -> None:
    """Print an estimate of what the infrastructure stack's settings cost a month.

    Args:
        environment: the environment.
        as_json: whether to print it for scripts.

    Raises:
        Refusal: there is no such environment, its settings are wrong, or its region has no prices.
    """
    from operations.console import out  # noqa: PLC0415
    from operations.costs.show import as_document, show  # noqa: PLC0415
    from operations.costs.stack import stack_estimate  # noqa: PLC0415
    from operations.engine.project import infrastructure_stack  # noqa: PLC0415

    stack = infrastructure_stack(environment)
    estimate = stack_estimate(stack, datetime.now().astimezone().date())
    if as_json:
        out.print_json(data=as_document(estimate))
    else:
        show(stack.label, estimate, out)
