"""The command line behind the Makefile: `python -m operations <verb>`."""

import gc
import logging
import os
import sys
from typing import NoReturn

import typer

from operations.ci import commands as ci
from operations.cluster import commands as cluster
from operations.console import err
from operations.costs import commands as costs
from operations.doctor import commands as health
from operations.engine.faults import EngineFailure
from operations.interrupts import stopped_by_signals
from operations.map import commands as workspace_map
from operations.scaffold import commands as scaffold
from operations.settings import commands as settings
from operations.stacks import commands as stacks
from operations.status import commands as status
from operations.toolchain import commands as toolchain
from shared.refusal import Refusal

FAILED, REFUSED = 1, 2
"""Exit codes: an operation failed; something was wrong and nothing was changed."""

_SELDOM = (100_000, 50, 50)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for verb in (
    toolchain.setup,
    cluster.cluster_up,
    cluster.cluster_down,
    cluster.cluster_status,
    cluster.cluster_delete,
    stacks.up,
    stacks.infra_up,
    stacks.infra_preview,
    stacks.infra_down,
    stacks.infra_outputs,
    stacks.infra_refresh,
    stacks.infra_forget,
    costs.infra_cost,
    stacks.app_up,
    stacks.app_preview,
    stacks.app_down,
    stacks.app_outputs,
    stacks.app_refresh,
    stacks.app_forget,
    stacks.apps_up,
    stacks.apps_preview,
    stacks.apps_down,
    stacks.namespace_move,
    status.namespace_status,
    stacks.overview,
    settings.settings,
    settings.docs,
    scaffold.new_app,
    scaffold.new_env,
    scaffold.declare_settings,
    ci.changed_stacks,
    workspace_map.map,
    stacks.env,
    health.doctor,
    health.unlock,
):
    app.command()(verb)


def run() -> int:
    """Run a verb, and turn every way to end it into an exit code."""
    # The SDKs are a million small objects that stay; looking for garbage among them while they load finds none.
    gc.set_threshold(*_SELDOM)
    try:
        return main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def main() -> int:
    """Run a verb.

    Returns:
        0, 1 for an operation that failed, 2 for a refusal.
    """
    try:
        with stopped_by_signals():
            app()
    except Refusal as refusal:
        err.print(str(refusal), style="red", markup=False)
        return REFUSED
    except EngineFailure as failure:
        err.print(str(failure), style="red", markup=False)
        return FAILED
    except OSError as error:
        err.print(f"The operating system refuses: {error}.", style="red", markup=False)
        return FAILED
    return 0


def leave(code: int) -> NoReturn:
    """End the process without taking its modules apart one by one, which takes as long as to load them."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        logging.shutdown()
    except BrokenPipeError:
        code = code or FAILED
    os._exit(code)


if __name__ == "__main__":
    leave(run())
