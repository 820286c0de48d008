"""The verb that shows namespaces, for the command line."""

import json
from typing import Annotated

import typer

from operations import console
from operations.toolchain import locate


def namespace_status(
    service: Annotated[str, typer.Option(help="The service whose namespaces to show; all where empty.")] = "",
    environment: Annotated[
        str,
        typer.Option("--env", help="The environment whose cluster to show; all deployed ones where empty."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")] = False,
) -> None:
    """Show who owns each namespace by live object, state and settings, and each disagreement with its remedy.

    Exits with 0 where all agree, with 1 where anything disagrees, with 2 where there is nothing to look at; make turns
    both 1 and 2 into 2, so that a script that runs it through make reads `agree` of the JSON.

    Args:
        service: the service whose namespaces to show; all where empty.
        environment: the environment whose cluster to show; all whose infrastructure is deployed where empty.
        as_json: print JSON; its keys stand in `operations.status.show.as_json`.

    Raises:
        Refusal: there is no such service or environment, or its infrastructure stack is not deployed.
    """
    from datetime import UTC, datetime  # noqa: PLC0415

    from operations.status import show  # noqa: PLC0415
    from operations.status.scope import statuses  # noqa: PLC0415

    found = statuses(service, environment, locate())
    now = datetime.now(UTC)
    if as_json:
        print(json.dumps(show.as_json(found, now), indent=2))  # noqa: T201 - rich would wrap it
    else:
        for status in found:
            show.show(status, console.out, now)
    if not all(status.agrees for status in found):
        raise typer.Exit(1)
