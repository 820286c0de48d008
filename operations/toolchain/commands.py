"""Commands of the tool chain: `setup`, and `build_helm` for the bench."""

import time
from pathlib import Path

from operations import console
from operations.toolchain import record
from operations.toolchain.acquire import acquire
from operations.toolchain.faults import disk_full_elsewhere
from operations.toolchain.progress import Progress, ago
from operations.toolchain.tools import HELM_RECIPE, SETUP
from shared.refusal import Refusal


def setup() -> None:
    """Provide every tool and record where it stands. Returns at once where the last record still holds.

    Raises:
        Refusal: a tool must be built and cannot be; nothing half made is used later.
    """
    begun = time.monotonic()
    try:
        chain = record.locate()
    except Refusal:
        progress = Progress(console.err)
        with disk_full_elsewhere(), progress.shown():
            chain = record.write(acquire(SETUP, progress))
    found = sum(1 for tool in chain.tools.values() if tool.source == "path")
    origin = f", {found} of them your own" if found else ""
    took = time.monotonic() - begun
    after = f" after {ago(took)}" if took >= 1 else ""
    console.err.print(f"Tool chain ready{after}: {len(chain.tools)} tools{origin}.")


def build_helm() -> Path:
    """Helm at the pinned version, from PATH or built on demand: the bench alone needs it.

    Raises:
        Refusal: it must be built and cannot be.
    """
    progress = Progress(console.err)
    with disk_full_elsewhere(), progress.shown():
        return acquire((HELM_RECIPE,), progress)["helm"].path
