"""Acquire: every tool of some recipes from PATH, from the cache, or else built."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from operations.toolchain import cache, faults, go, schedule
from operations.toolchain.candidates import candidates
from operations.toolchain.keys import key
from operations.toolchain.progress import Progress
from operations.toolchain.record import Located, found
from operations.toolchain.tools import Recipe

_POLL_SECONDS = 0.2
_WAIT = "Another set-up"


def acquire(recipes: Sequence[Recipe], progress: Progress) -> dict[str, Located]:
    """Where each tool of some recipes stands, building what is neither on PATH nor in the cache.

    Args:
        recipes: what is wanted, the longest to build first.
        progress: shows what is done; already shown.

    Returns:
        Where each tool stands, by its name.

    Raises:
        Refusal: something must be built and cannot be; the remedy says what to install or free.
    """
    tools = _from_path(recipes, progress)
    wanted = [recipe for recipe in recipes if recipe.tools[0].name not in tools]
    if not wanted:
        return tools
    compiler = go.find()
    wanted = _from_cache(wanted, compiler, tools, progress)
    if wanted:
        compiler = go.check(compiler, wanted)
        with _alone(progress):
            begun = schedule.remove_leftovers()
            # Whoever held the lock may have built it.
            wanted = _from_cache(wanted, compiler, tools, progress)
            warm = [one for one in wanted if one.name in begun or cache.duration(one) is not None]
            cold = [one for one in wanted if one not in warm]
            faults.check_disk(cold, warm, cache.folder(), compiler)
            schedule.build_all(wanted, compiler, progress)
        for recipe in wanted:
            entry = cache.find(recipe, compiler.series)
            if entry is None:
                raise RuntimeError(f"{recipe.label} was built and is not in {cache.folder()}")
            tools |= _built(recipe, *entry)
    return tools


def _from_path(recipes: Sequence[Recipe], progress: Progress) -> dict[str, Located]:
    tools: dict[str, Located] = {}
    chosen: dict[str, Path] = {}
    for recipe in recipes:
        own = candidates(recipe, chosen)
        if own is None:
            continue
        chosen |= own
        pin = key(recipe, "")
        tools |= {name: found(path, pin) for name, path in own.items()}
        progress.end(recipe.label, f"found at {own[recipe.tools[0].name]}")
    return tools


def _from_cache(
    recipes: Sequence[Recipe], compiler: go.Go | None, tools: dict[str, Located], progress: Progress
) -> list[Recipe]:
    """Add what the cache has to the tools and return what it has not."""
    # What another Go built still serves where there is no Go that could build it anew.
    able = compiler is not None and compiler.version >= go.required(recipes)
    series = compiler.series if compiler is not None and able else None
    rest = []
    for recipe in recipes:
        entry = cache.find(recipe, series)
        if entry is None:
            rest.append(recipe)
        else:
            tools |= _built(recipe, *entry)
            progress.end(recipe.label, "built before")
    return rest


def _built(recipe: Recipe, entry: Path, series: str) -> dict[str, Located]:
    pin = key(recipe, series)
    return {tool.name: Located(entry / tool.target, "built", pin, series) for tool in recipe.tools}


@contextmanager
def _alone(progress: Progress) -> Iterator[None]:
    """Wait until no other set-up of this user builds: two of them would need twice the memory."""
    lock = FileLock(cache.folder() / "build.lock")
    waits = False
    while True:
        try:
            lock.acquire(blocking=False)
            break
        except Timeout:
            if not waits:
                progress.start(_WAIT, "waiting for it to end its builds")
            waits = True
            progress.tick()
            time.sleep(_POLL_SECONDS)
    try:
        if waits:
            progress.end(_WAIT, "has ended its builds")
        yield
    finally:
        lock.release()
