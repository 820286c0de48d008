"""The verbs on stacks, for the command line. Each imports what it needs when it runs, to start quickly."""

import json
import shlex
from typing import Annotated

import typer

from operations import console
from operations.toolchain import locate

Service = Annotated[str, typer.Option(help="The service, as its folder in apps/ is called.")]
Environment = Annotated[str, typer.Option("--env", help="The environment, which is the stack's name.")]
Markdown = Annotated[
    bool, typer.Option("--markdown", help="Print Markdown, for a comment on a pull request.")
]
Allow = Annotated[str, typer.Option(help="What may be lost in this run: Kind/name, separated by commas.")]
Only = Annotated[str, typer.Option(help="The services, separated by commas; all where it is left out.")]
Parallel = Annotated[str, typer.Option(help="How many at once; by the number of cores where it is left out.")]


def up(environment: Environment = "dev") -> None:
    """Bring an environment up: the local cluster where one is asked for, infrastructure, all services."""
    from operations.stacks.everything import bring_up  # noqa: PLC0415

    code = bring_up(environment, locate())
    if code:
        raise typer.Exit(code)


def infra_up(environment: Environment = "dev", allow: Allow = "") -> None:
    """Deploy the infrastructure stack."""
    from operations.engine.project import infrastructure_stack  # noqa: PLC0415
    from operations.stacks.deploy import deploy  # noqa: PLC0415

    deploy(infrastructure_stack(environment), locate(), allow=allow)


def infra_preview(environment: Environment = "dev", allow: Allow = "", as_markdown: Markdown = False) -> None:
    """Show what deploying the infrastructure stack would do."""
    from operations.engine.project import infrastructure_stack  # noqa: PLC0415
    from operations.stacks.deploy import preview  # noqa: PLC0415
    from operations.stacks.review import review  # noqa: PLC0415

    (review if as_markdown else preview)(infrastructure_stack(environment), locate(), allow=allow)


def infra_down(environment: Environment = "dev") -> None:
    """Take the infrastructure down, where nobody lives on the cluster any more."""
    from operations.engine.project import infrastructure_stack  # noqa: PLC0415
    from operations.stacks.infrastructure_down import take_infrastructure_down  # noqa: PLC0415

    take_infrastructure_down(infrastructure_stack(environment), locate())


def infra_outputs(environment: Environment = "dev") -> None:
    """Print what the infrastructure stack exports, secrets masked."""
    from operations.engine.project import infrastructure_stack  # noqa: PLC0415
    from operations.engine.stack import EngineStack  # noqa: PLC0415

    _print_outputs(EngineStack(infrastructure_stack(environment), locate()).outputs())


def infra_refresh(environment: Environment = "dev") -> None:
    """Make the infrastructure stack's state agree with the cluster."""
    from operations.engine.project import infrastructure_stack  # noqa: PLC0415
    from operations.engine.stack import EngineStack  # noqa: PLC0415

    EngineStack(infrastructure_stack(environment), locate()).refresh()


def infra_forget(environment: Environment = "dev") -> None:
    """Forget the state of an infrastructure stack whose cluster is no more."""
    from operations.engine.project import infrastructure_stack  # noqa: PLC0415
    from operations.stacks.forget import forget  # noqa: PLC0415

    forget(infrastructure_stack(environment), locate())


def app_up(service: Service = "", environment: Environment = "dev", allow: Allow = "") -> None:
    """Deploy an application stack."""
    from operations.engine.project import service_stack  # noqa: PLC0415
    from operations.stacks.deploy import deploy  # noqa: PLC0415

    deploy(service_stack(service, environment), locate(), allow=allow)


def app_preview(
    service: Service = "", environment: Environment = "dev", allow: Allow = "", as_markdown: Markdown = False
) -> None:
    """Show what deploying an application stack would do."""
    from operations.engine.project import service_stack  # noqa: PLC0415
    from operations.stacks.deploy import preview  # noqa: PLC0415
    from operations.stacks.review import review  # noqa: PLC0415

    (review if as_markdown else preview)(service_stack(service, environment), locate(), allow=allow)


def app_down(
    service: Service = "",
    environment: Environment = "dev",
    delete_namespace: Annotated[
        str, typer.Option(help="The namespace to delete with everything in it.")
    ] = "",
) -> None:
    """Take an application down; its namespace stays unless it is named."""
    from operations.engine.project import service_stack  # noqa: PLC0415
    from operations.stacks.take_down import take_down  # noqa: PLC0415

    take_down(service_stack(service, environment), locate(), delete_namespace=delete_namespace)


def app_outputs(service: Service = "", environment: Environment = "dev") -> None:
    """Print what an application stack exports."""
    from operations.engine.project import service_stack  # noqa: PLC0415
    from operations.engine.stack import EngineStack  # noqa: PLC0415

    _print_outputs(EngineStack(service_stack(service, environment), locate()).outputs())


def app_refresh(service: Service = "", environment: Environment = "dev") -> None:
    """Make an application stack's state agree with the cluster."""
    from operations.engine.project import service_stack  # noqa: PLC0415
    from operations.engine.stack import EngineStack  # noqa: PLC0415

    EngineStack(service_stack(service, environment), locate()).refresh()


def app_forget(service: Service = "", environment: Environment = "dev") -> None:
    """Forget the state of an application stack whose cluster is no more."""
    from operations.engine.project import service_stack  # noqa: PLC0415
    from operations.stacks.forget import forget  # noqa: PLC0415

    forget(service_stack(service, environment), locate())


def apps_up(
    environment: Environment = "dev", only: Only = "", allow: Allow = "", parallel: Parallel = ""
) -> None:
    """Deploy every service of an environment."""
    from operations.stacks.fleet import fleet_of  # noqa: PLC0415
    from operations.stacks.fleet_verbs import deploy_all  # noqa: PLC0415

    code = deploy_all(fleet_of(environment, only), locate(), allow=allow, parallel=parallel)
    if code:
        raise typer.Exit(code)


def apps_preview(
    environment: Environment = "dev", only: Only = "", allow: Allow = "", parallel: Parallel = ""
) -> None:
    """Show what deploying every service of an environment would do."""
    from operations.stacks.fleet import fleet_of  # noqa: PLC0415
    from operations.stacks.fleet_verbs import preview_all  # noqa: PLC0415

    code = preview_all(fleet_of(environment, only), locate(), allow=allow, parallel=parallel)
    if code:
        raise typer.Exit(code)


def apps_down(environment: Environment = "dev", only: Only = "", parallel: Parallel = "") -> None:
    """Take every service of an environment down; all namespaces stay."""
    from operations.stacks.fleet import fleet_of  # noqa: PLC0415
    from operations.stacks.fleet_verbs import take_all_down  # noqa: PLC0415

    code = take_all_down(fleet_of(environment, only), locate(), parallel=parallel)
    if code:
        raise typer.Exit(code)


def namespace_move(
    service: Service = "",
    environment: Environment = "dev",
    to: Annotated[
        str, typer.Option(help="The new owner: infrastructure, application, or <project>/<stack>.")
    ] = "",
    from_owner: Annotated[
        str, typer.Option("--from", help="The owner to move it from; unowned for a namespace of nobody.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan alone.")] = False,
    *,
    picture: Annotated[
        str, typer.Option("--map", help="The file to draw the plan into, as before and after.")
    ] = "",
) -> None:
    """Move a namespace from one owner to another, with nothing lost."""
    from operations.engine.project import service_stack  # noqa: PLC0415
    from operations.handover.move import move  # noqa: PLC0415

    move(
        service_stack(service, environment),
        locate(),
        to=to,
        from_owner=from_owner,
        dry_run=dry_run,
        picture=picture,
    )


def overview(environment: Environment = "dev") -> None:
    """Show the applications of an environment: where they live, who owns that, and whether they serve."""
    from operations.stacks.overview import overview as show  # noqa: PLC0415

    show(environment, locate())


def env() -> None:
    """Print what `pulumi` by hand needs to see the same stacks: eval "$(make env)"."""
    from operations.engine.environment import exports  # noqa: PLC0415

    for key, value in exports(locate()).items():
        console.out.print(f"export {key}={shlex.quote(value)}", markup=False)


def _print_outputs(outputs: dict[str, object]) -> None:
    console.out.print_json(json.dumps(outputs))
