"""The tools: is each where the last set-up left it, does it run, and is it of the pinned version?"""

import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from operations.doctor.finding import Finding
from operations.doctor.workplace import Workplace
from operations.toolchain import cache
from operations.toolchain.candidates import answers
from operations.toolchain.tools import KUBERNETES, PULUMI, SETUP
from shared.refusal import Refusal

_AT_ONCE = 4
_RECORD = ".local/toolchain.json, .local/bin"


def tools(workplace: Workplace) -> Iterator[Finding]:
    """Ask each program for its version."""
    try:
        chain = workplace.toolchain
    except Refusal as refusal:
        yield Finding("failure", refusal.fact, _RECORD, refusal.remedy)
        return
    pinned = [(tool, chain.tools[tool.name], recipe.version) for recipe in SETUP for tool in recipe.tools]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # What was built is known by its sources; not every program says the version that it was built from.
        answered = list(
            pool.map(
                lambda one: answers(one[0], one[1].path, one[2] if one[1].source == "path" else ""), pinned
            )
        )
    for (tool, located, version), well in zip(pinned, answered, strict=True):
        if not well:
            yield (_foreign if located.source == "path" else _broken)(tool.name, located.path, version)
    if all(answered):
        own = sum(1 for _, located, _ in pinned if located.source == "path")
        yield Finding(
            "ok",
            f"{len(pinned)} tools of the pinned versions answer ({own} your own): Pulumi {PULUMI}, "
            f"Kubernetes {KUBERNETES}; Python {platform.python_version()}.",
            f"{_RECORD}, {sys.executable}",
        )


def _foreign(name: str, path: Path, version: str) -> Finding:
    remedy = "Put that version first on PATH, or take this one off PATH; then make setup."
    return Finding("failure", f"{name} does not answer as version {version}.", str(path), remedy)


def _broken(name: str, path: Path, version: str) -> Finding:
    entry = next((one for one in path.parents if one.parent == cache.folder()), path)
    remedy = f"Have it built anew: rm -r {entry}, then make setup."
    return Finding("failure", f"{name} {version} does not run.", str(path), remedy)
