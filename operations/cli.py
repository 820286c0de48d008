"""The command line, `platformctl <noun> <verb>`, which the Makefile calls.

Exit codes: 0 done; 1 failed on the way; 2 refused, and nothing was changed. Each command imports what it needs when it
runs, since help and completion must not wait for the SDKs.
"""

import functools
import gc
import inspect
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from operations.checkout import (
    all_stacks,
    infrastructure_stack,
    known_environment,
    service_stack,
    services,
    shown,
    stacks_of,
)
from operations.console import err, out, step
from operations.interrupts import stopped_by_signals
from operations.toolchain import locate
from shared.errors import PlatformError
from shared.stacks import Stack

if TYPE_CHECKING:
    from operations.local.local import LocalCluster
    from operations.move.plan import Facts, Step

FAILED = 1


def _environments() -> list[str]:
    return sorted({stack.name for stack in all_stacks()})


def _environment(about: str) -> Any:
    return typer.Option("--env", help=about, autocompletion=_environments, callback=known_environment)


Service = Annotated[str, typer.Argument(help="A folder in apps/.", autocompletion=services)]
OrInfrastructure = Annotated[
    str, typer.Argument(help="A folder in apps/; infrastructure without it.", autocompletion=services)
]
Environment = Annotated[str, _environment("The stack's name.")]
AnyEnvironment = Annotated[str, _environment("The stack's name; all without it.")]
Allow = Annotated[
    str, typer.Option(help="What may be deleted or replaced in this run: Kind/name, separated by commas.")
]
TakeBack = Annotated[str, typer.Option(help="What is put back whoever changed it: Kind/name, by commas.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print a comment for a pull request.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Only = Annotated[str, typer.Option(help="Services, separated by commas; all without it.")]
Tools = Annotated[
    Literal["", "auto", "download", "source"],
    typer.Option(help="Where those come from that you don't have; auto without it."),
]
Parallel = Annotated[int | None, typer.Option(min=1, help="How many at once; as cores allow without it.")]


def _group(name: str, about: str) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, help=about)
    app.add_typer(group, name=name)
    return group


app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Stacks and their namespaces.")
infra = _group("infra", "The infrastructure stack of an environment.")
application = _group("app", "One service in an environment.")
applications = _group("apps", "All services of an environment, in parallel.")
namespace = _group("namespace", "Namespaces and their owners.")
cluster = _group("cluster", "This checkout's local cluster.")
new = _group("new", "A new service or environment.")


def _of_one_stack(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a verb twice: as `app <name> <service>`, and as `infra <name>`, whose service is None."""

    def declare(verb: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(verb)
        def of_infrastructure(**options: Any) -> None:
            verb(None, **options)

        signature = inspect.signature(verb)
        options = [one for one in signature.parameters.values() if one.name != "service"]
        vars(of_infrastructure)["__signature__"] = signature.replace(parameters=options)
        infra.command(name)(of_infrastructure)
        return application.command(name)(verb)

    return declare


@_of_one_stack("up")
def deploy(
    service: Service = "", environment: Environment = "dev", allow: Allow = "", take_back: TakeBack = ""
) -> None:
    """Deploy it."""
    from operations.stacks.deploy import deploy

    deploy(_stack(service, environment), locate(), allow=allow, take_back=take_back)


@_of_one_stack("preview")
def preview(
    service: Service = "", environment: Environment = "dev", allow: Allow = "", as_markdown: Markdown = False
) -> None:
    """Show what deploying it would do."""
    from operations.stacks.deploy import preview

    preview(_stack(service, environment), locate(), allow=allow, as_markdown=as_markdown)


@_of_one_stack("outputs")
def outputs(service: Service = "", environment: Environment = "dev") -> None:
    """Print what it exports, secrets masked."""
    from operations.engine.stack import EngineStack

    _print_json(EngineStack(_stack(service, environment), locate()).outputs())


@_of_one_stack("refresh")
def refresh(service: Service = "", environment: Environment = "dev") -> None:
    """Bring its state in line with the cluster."""
    from operations.stacks.repair import refresh

    refresh(_stack(service, environment), locate())


@_of_one_stack("forget")
def forget(service: Service = "", environment: Environment = "dev") -> None:
    """Remove its state, where its cluster no longer exists."""
    from operations.stacks.repair import forget

    forget(_stack(service, environment), locate())


@infra.command("down")
def infra_down(environment: Environment = "dev") -> None:
    """Take it down, where no stack owns a namespace on the cluster."""
    from operations.stacks.take_down import take_infrastructure_down

    take_infrastructure_down(infrastructure_stack(environment), locate())


@application.command("down")
def app_down(
    service: Service = "",
    environment: Environment = "dev",
    allow: Allow = "",
    delete_namespace: Annotated[str, typer.Option(help="The one to delete with everything in it.")] = "",
) -> None:
    """Take it down; its namespace and its volumes stay unless they are named."""
    from operations.stacks.take_down import take_down

    stack = service_stack(service, environment)
    take_down(stack, locate(), delete_namespace=delete_namespace, allow=allow)


@applications.command("up")
def apps_up(
    environment: Environment = "dev", only: Only = "", allow: Allow = "", parallel: Parallel = None
) -> None:
    """Deploy them, owners of namespaces first."""
    from operations.stacks.environment import deploy_all, select

    sys.exit(deploy_all(select(environment, only), locate(), allow=allow, parallel=parallel))


@applications.command("preview")
def apps_preview(
    environment: Environment = "dev", only: Only = "", allow: Allow = "", parallel: Parallel = None
) -> None:
    """Show what deploying them would do."""
    from operations.stacks.environment import preview_all, select

    sys.exit(preview_all(select(environment, only), locate(), allow=allow, parallel=parallel))


@applications.command("down")
def apps_down(environment: Environment = "dev", only: Only = "", parallel: Parallel = None) -> None:
    """Take them down; all namespaces stay."""
    from operations.stacks.environment import select, take_all_down

    sys.exit(take_all_down(select(environment, only), locate(), parallel=parallel))


@namespace.command("move")
def namespace_move(
    service: Service = "",
    environment: Environment = "dev",
    to: Annotated[str, typer.Option(help="infrastructure, application, or <project>/<stack>.")] = "",
    from_owner: Annotated[str, typer.Option("--from", help="Its owner now; or unowned.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the plan.")] = False,
    *,
    file: Annotated[str, typer.Option("--map", help="Draw the plan into this file, before and after.")] = "",
) -> None:
    """Move a service's namespace to another owner, with nothing lost."""
    from operations.move.move import move

    def draw(facts: "Facts", steps: "Sequence[Step]") -> None:
        if file:
            from operations.map.page import draw_move

            out.print(f"Drawn in {draw_move(facts, steps, file, locate())}", markup=False)

    stack = service_stack(service, environment)
    move(stack, locate(), to=to, from_owner=from_owner, dry_run=dry_run, planned=draw)


@namespace.command("status")
def namespace_status(service: Service = "", environment: AnyEnvironment = "", as_json: Json = False) -> None:
    """Show who owns each namespace by live object, state and settings. Exits with 1 where they disagree."""
    from operations.stacks.environment import tell_unserved
    from operations.status import show
    from operations.status.disagreements import statuses

    found, now = statuses(service, environment, locate()), datetime.now(UTC)
    if as_json:
        _print_json(show.as_json(found, now))
    else:
        for status in found:
            show.show(status, out, now)
        tell_unserved((one for status in found for one in status.cluster.infrastructure[:1]), locate())
    sys.exit(FAILED if any(status.disagreements for status in found) else 0)


@cluster.command("up")
def cluster_up() -> None:
    """Start it, or create it; its data stay."""
    status = _local_cluster().up(locate())
    out.print(f"{status.name} is {status.state}: Kubernetes {status.kubernetes_version}, {status.server}")
    out.print(f"  export KUBECONFIG={shown(status.kubeconfig)}", markup=False)


@cluster.command("down")
def cluster_down() -> None:
    """Stop it and keep its data."""
    local = _local_cluster()
    stopped = local.down()
    out.print(f"{local.name} is stopped; its data are kept." if stopped else f"{local.name} was not running.")


@cluster.command("status")
def cluster_status(as_json: Json = False) -> None:
    """Show its parts."""
    status = _local_cluster().status()
    if as_json:
        _print_json(asdict(status))
    else:
        out.print(status.table(), markup=False)


@cluster.command("delete")
def cluster_delete(
    name: Annotated[str, typer.Option(help="Its exact name, as the status shows it.")] = "",
) -> None:
    """Delete it with every namespace in it."""
    _local_cluster().delete(name)
    out.print(f"{name} and its data are deleted.")


@new.command("app")
def new_app(
    name: Annotated[str, typer.Option(help="The service: its folder in apps/.")] = "",
    kind: Annotated[str, typer.Option(help="What it is at first: web, worker or cron.")] = "web",
) -> None:
    """Create a service with settings for each environment."""
    from operations.new import new_app as create

    for file in create(name, kind):
        out.print(f"Created {shown(file)}", markup=False)
    out.print(f"Deploy it: make app-up SERVICE={name}", markup=False)


@new.command("env")
def new_env(
    environment: Annotated[str, typer.Option("--env", help="The environment: the name of its stacks.")] = "",
    source: Annotated[str, typer.Option("--from", help="The environment whose settings are copied.")] = "dev",
) -> None:
    """Create an environment from the settings files of another one."""
    from operations.new import new_environment

    files, notes = new_environment(environment, source)
    for text in (*(f"Created {shown(file)}" for file in files), *notes):
        out.print(text, markup=False)
    out.print(f"Deploy it: make up ENV={environment}", markup=False)


@app.command()
def up(environment: Environment = "dev") -> None:
    """Bring an environment up: the local cluster where it uses that, infrastructure, all services."""
    from operations.stacks.environment import bring_up

    sys.exit(bring_up(environment, locate()))


@app.command()
def setup(tools: Tools = "") -> None:
    """Provide the tools: the user's own, downloaded, or built from source."""
    from operations.toolchain.setup import setup as set_up

    set_up(tools)


@app.command()
def clean_tools(days: Annotated[int, typer.Option(min=0, help="How long they were not used.")] = 7) -> None:
    """Remove the tools that no checkout has used for some days, and show what was there."""
    from operations.toolchain.setup import clean

    clean(days)


@app.command()
def settings(service: OrInfrastructure = "", environment: Environment = "dev", as_json: Json = False) -> None:
    """Show a stack's settings, each with where it came from; secrets are masked."""
    from operations.settings import as_json as data
    from operations.settings import show

    stack = _stack(service or None, environment)
    if as_json:
        _print_json(data(stack))
    else:
        show(stack, out)


@app.command()
def overview(environment: Environment = "dev") -> None:
    """Show the services of an environment: their namespaces, who owns those, and whether their pods are ready."""
    from operations.stacks.environment import show_overview, tell_unserved

    show_overview(environment, locate())
    tell_unserved(stacks_of(environment), locate())


@app.command()
def map(
    environment: AnyEnvironment = "",
    file: Annotated[str, typer.Option("--out", help="The file; .local/map.html without it.")] = "",
) -> None:
    """Write one page that shows who owns which namespace, who uses it, and whether it is healthy."""
    from operations.map.page import draw_map

    out.print(str(draw_map(environment, file, locate())), markup=False)


@app.command()
def env() -> None:
    """Print what pulumi by hand needs to see the same stacks: eval "$(platformctl env)"."""
    from operations.engine.environment import shell_lines

    for line in shell_lines(locate()):
        out.print(line, markup=False)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check tools, states, locks and clusters, and print a remedy for each problem. Exits with 1 where one failed."""
    from operations.doctor import CHECKS, Doctor, is_well, show
    from operations.doctor import as_json as data

    with step(f"Checking {', '.join(CHECKS)}"):
        examined = Doctor().examine()
    if as_json:
        _print_json(data(examined))
    else:
        show(examined, out)
    sys.exit(0 if is_well(examined) else FAILED)


@app.command()
def unlock(service: OrInfrastructure = "", environment: Environment = "dev", holder: str = "") -> None:
    """Free a stack whose lock belongs to a process that has died, or the one that is named; any other lock stays."""
    from operations.engine.stack import EngineStack
    from operations.stacks.repair import unlock as free

    free(EngineStack(_stack(service or None, environment), locate()), holder)


@app.command()
def docs() -> None:
    """Write the reference of settings."""
    from operations.reference import FILE, update

    err.print(f"{FILE} was {'updated' if update() else 'up to date'}.")


@app.command()
def changed_stacks(base: Annotated[str, typer.Option(help="A commit.")] = "origin/main") -> None:
    """Print the stacks that changed since a commit, as JSON for a pipeline's matrix."""
    from operations.changed import as_matrix, changed_files
    from operations.changed import changed_stacks as stacks_of

    print(json.dumps(as_matrix(stacks_of(changed_files(base)))))  # noqa: T201 - a pipeline's output is one line


def _local_cluster() -> "LocalCluster":
    from operations.local.local import LocalCluster

    return LocalCluster.of_checkout()


def _stack(service: str | None, environment: str) -> Stack:
    """The stack of a service; the infrastructure stack for None."""
    return infrastructure_stack(environment) if service is None else service_stack(service, environment)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, default=str))  # noqa: T201 - rich would wrap it


def run() -> int:
    """Run a command and return its exit code."""
    # Importing the SDKs creates a million objects that stay; collecting garbage in between finds none.
    gc.set_threshold(100_000, 50, 50)
    try:
        with stopped_by_signals():
            app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except PlatformError as error:
        err.print(str(error), style="red", markup=False)
        return error.exit_code
    except OSError as error:
        err.print(f"{error}.", style="red", markup=False)
    return FAILED


def main() -> NoReturn:
    """Run a command and end the process at once: taking the SDKs' modules apart takes as long as importing them."""
    code = run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        logging.shutdown()
    except BrokenPipeError:
        code = code or FAILED
    os._exit(code)


if __name__ == "__main__":
    main()
