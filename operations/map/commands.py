"""The verb that draws the map, for the command line."""

from typing import Annotated

import typer

from operations import console
from operations.toolchain import locate


def map(  # the verb's name
    environment: Annotated[
        str,
        typer.Option("--env", help="The environment whose cluster to show; all deployed ones where empty."),
    ] = "",
    out: Annotated[str, typer.Option(help="The file to write; .local/map.html where empty.")] = "",
) -> None:
    """Write one page that shows who owns which namespace, who lives in it, and how it does.

    Args:
        environment: the environment whose cluster to show; all whose infrastructure is deployed where empty.
        out: the file to write, relative to the checkout; `.local/map.html` where empty.

    Raises:
        Refusal: there is no such environment, or the file cannot be written there.
    """
    from operations.map.draw import draw_map  # noqa: PLC0415

    console.out.print(str(draw_map(environment, out, locate())), markup=False)
