"""The verbs of the doctor, for the command line. Each imports what it needs when it runs."""

import json
from typing import Annotated

import typer

from operations import console


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")] = False,
) -> None:
    """Check what the checkout needs to work: tools, backend, passphrase, clusters, and what was left behind.

    Nothing is changed. Exits with 0 where nothing failed, with 1 where something did; make turns 1 into 2, so that a
    script that runs it through make reads `well` of the JSON.

    Args:
        as_json: print JSON; its keys stand in `operations.doctor.show.as_json`.
    """
    from operations.doctor.examination import CHECKS, examine  # noqa: PLC0415
    from operations.doctor.show import as_json as laid_out  # noqa: PLC0415
    from operations.doctor.show import is_well, show  # noqa: PLC0415
    from operations.doctor.workplace import Workplace  # noqa: PLC0415

    with console.err.status(f"Looking at {', '.join(CHECKS)}") as status:
        if not console.err.is_terminal:
            console.err.print(f"Looking at {', '.join(CHECKS)} ...")
        examined = examine(
            Workplace(), ended=lambda left: status.update(f"Looking at {', '.join(left) or 'nothing more'}")
        )
    if as_json:
        print(json.dumps(laid_out(examined), indent=2))  # noqa: T201 - rich would wrap it
    else:
        show(examined, console.out)
    if not is_well(examined):
        raise typer.Exit(1)


def unlock(
    service: Annotated[str, typer.Option(help="The service; the infrastructure stack where empty.")] = "",
    environment: Annotated[
        str, typer.Option("--env", help="The environment, which is the stack's name.")
    ] = "dev",
) -> None:
    """Free a stack whose lock's holder is dead, and only then.

    Args:
        service: the service, as its folder in apps/ is called; the infrastructure stack where empty.
        environment: the environment.

    Raises:
        Refusal: there is no such stack, or a holder lives or cannot be judged.
    """
    from operations.doctor.unlock import unlock as free  # noqa: PLC0415
    from operations.doctor.workplace import Workplace  # noqa: PLC0415
    from operations.engine.project import infrastructure_stack, service_stack  # noqa: PLC0415

    stack = service_stack(service, environment) if service else infrastructure_stack(environment)
    freed = free(stack, Workplace())
    for lock in freed:
        console.out.print(
            f"{stack.label} is free: its lock was held by {lock.holder}, which is no more.", markup=False
        )
    if not freed:
        console.out.print(f"{stack.label} is not locked.", markup=False)
