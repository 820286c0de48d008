"""The verbs that start something new, for the command line."""

from typing import Annotated

import typer

from operations import console


def new_app(
    name: Annotated[str, typer.Option(help="The service, as its folder in apps/ is to be called.")] = "",
    pattern: Annotated[str, typer.Option(help="How its namespaces are named.")] = "",
    team: Annotated[str, typer.Option(help="The team that it belongs to.")] = "",
) -> None:
    """Make a new service with settings for each environment, and its tests.

    Raises:
        Refusal: the name, the pattern, the team or the place is no good; nothing was written.
    """
    from operations.scaffold.new_app import make_app  # noqa: PLC0415

    made = make_app(name, pattern=pattern, team=team)
    console.out.print(f"Made {made.folder} and {made.tests}.", markup=False)
    for one in made.environments:
        owner = f", which {one.reads} owns" if one.reads else ""
        console.out.print(f"  {name}/{one.name} lives in the namespace {one.namespace}{owner}.", markup=False)
    first = next(iter(made.environments), None)
    if first:
        chosen = next((one for one in made.environments if one.name == "dev"), first).name
        console.out.print(f"Deploy it: make app-up SERVICE={name} ENV={chosen}", markup=False)


def new_env(
    environment: Annotated[
        str, typer.Option("--env", help="The environment, as its stacks are to be called.")
    ] = "",
    source: Annotated[str, typer.Option("--from", help="The environment to take the settings from.")] = "dev",
    cluster: Annotated[str, typer.Option(help="shared, or own; where empty, what works at once.")] = "",
) -> None:
    """Make a new environment: a settings file for every service, with the values of another environment.

    Raises:
        Refusal: the name is no good or taken, or the settings cannot be taken over; nothing was written.
    """
    from operations.scaffold.new_environment import make_environment  # noqa: PLC0415

    made = make_environment(environment, source=source, cluster=cluster)
    for path in made.files:
        console.out.print(f"Made {path}.", markup=False)
    for note in made.notes:
        console.out.print(f"  {note}", markup=False)
    console.out.print(f"Bring it up: make up ENV={environment}", markup=False)


def declare_settings() -> None:
    """Write the settings that the template declares into every service's Pulumi.yaml.

    Raises:
        Refusal: a Pulumi.yaml cannot be read.
    """
    from operations.scaffold.declared import declare_everywhere  # noqa: PLC0415

    changed = declare_everywhere()
    for path in changed:
        console.out.print(f"Wrote {path}.", markup=False)
    if not changed:
        console.out.print("Every service declares what the template declares.")
