"""The verbs that show settings, for the command line."""

import json
from typing import Annotated

import typer

from operations import console


def settings(
    service: Annotated[str, typer.Option(help="The service; the infrastructure stack where empty.")] = "",
    environment: Annotated[str, typer.Option("--env", help="The environment.")] = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")] = False,
) -> None:
    """Show a stack's effective settings, each with where it came from; secrets are masked.

    Raises:
        Refusal: there is no such stack, or its settings are wrong: in the same words as its deployment would refuse.
    """
    from operations.engine.project import infrastructure_stack, service_stack  # noqa: PLC0415
    from operations.settings import show  # noqa: PLC0415
    from operations.settings.effective import effective  # noqa: PLC0415

    stack = service_stack(service, environment) if service else infrastructure_stack(environment)
    found = effective(stack)
    if as_json:
        print(json.dumps(show.as_json(stack, found), indent=2))  # noqa: T201 - rich would wrap it
    else:
        show.show(stack, found, console.out)


def docs() -> None:
    """Write the reference of settings into Pulumi.workspace.md."""
    from operations.paths import ROOT  # noqa: PLC0415
    from operations.settings import reference  # noqa: PLC0415

    changed = reference.update(ROOT / "Pulumi.workspace.md")
    console.err.print(
        "Pulumi.workspace.md is written anew." if changed else "Pulumi.workspace.md is current."
    )
