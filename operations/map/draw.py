"""Drawing the map: gathers the facts, and writes the page whole or not at all."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from operations.console import step
from operations.paths import LOCAL, ROOT, local_folder
from operations.status.disagreements import examine
from operations.status.facts import StackFacts
from operations.status.gather import Gathered, gather_all
from operations.status.scope import platforms_of
from operations.toolchain import Toolchain
from shared.refusal import Refusal

PAGE = LOCAL / "map.html"
"""Where the map stands unless it is asked for elsewhere."""


def draw_map(environment: str, out: str, toolchain: Toolchain) -> Path:
    """Write the map of the workspace.

    Args:
        environment: the environment whose cluster to show; all clusters where empty.
        out: the file to write, relative to the checkout; `.local/map.html` where empty.
        toolchain: where the engine is.

    Returns:
        The file.

    Raises:
        Refusal: there is no such environment, or the file cannot be written there.
        EngineFailure: the backend cannot be read.
    """
    file = page_file(out)
    platforms = platforms_of(environment)
    with step("Looking at stacks and clusters"):
        gathered = gather_all(
            toolchain, lambda stack: not platforms or stack in platforms, with_workloads=True
        )
    from operations.map.page import map_page  # noqa: PLC0415 - the look comes first, and takes longest
    from operations.map.picture import picture  # noqa: PLC0415

    pictures = [
        picture(examine(cluster), f"cluster-{number}")
        for number, cluster in enumerate(gathered.clusters, start=1)
    ]
    apart = _apart(gathered, environment)
    write_page(file, map_page(pictures, apart, datetime.now(UTC), environment=environment))
    return file


def page_file(out: str) -> Path:
    """Where a page is to stand.

    Args:
        out: the file, relative to the checkout; the map's own place where empty.

    Raises:
        Refusal: it is no file in a folder that exists.
    """
    if not out:
        local_folder()
        return PAGE
    file = ROOT / Path(out).expanduser()
    if file.is_dir() or not file.parent.is_dir():
        fact = "is a folder" if file.is_dir() else "is in no folder that exists"
        raise Refusal(f"The page cannot be written: {file} {fact}.", "Name a file in a folder that exists.")
    return file


def write_page(file: Path, page: str) -> None:
    """Write a page in one step, readable by its owner alone: it tells where everything is.

    Raises:
        OSError: the file cannot be written; one that stands there is as it was.
    """
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(page)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _apart(gathered: Gathered, environment: str) -> list[StackFacts]:
    """The stacks on no cluster that belong to what is asked for."""
    return [stack for stack in gathered.apart if environment in ("", stack.environment)]
