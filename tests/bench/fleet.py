"""Many services: nothing to do in 20 of them, beside helm and plain Pulumi one after the other; the memory of 8."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil

from tests.bench.ground import Ground
from tests.bench.measure import Contender
from tests.bench.rendered import rendered_objects, write_chart
from tests.growth import borrowed_services, service_names

_ENVIRONMENT = "fleet"
_AT_ONCE = 10
"""Namespaces that are deleted at once afterwards, which is not measured."""

_PAUSE_SECONDS = 0.05


@contextmanager
def fleet(ground: Ground, count: int = 20, environment: str = _ENVIRONMENT) -> Iterator[list[str]]:
    """Services that are deployed already, and gone from the checkout and the cluster afterwards."""
    names = service_names(count)

    def remove(namespaces: Sequence[str]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(ground.remove_namespace, namespaces))

    with borrowed_services(ground.checkout, names, environment, remove):
        ground.checkout.make("apps-up", ENV=environment)
        yield names


def nothing_to_do(ground: Ground, names: Sequence[str]) -> list[Contender]:
    """The whole fleet once more."""

    def helm(name: str) -> None:
        release = f"helm-{name}"
        ground.call(
            *(ground.helm, "upgrade", "--install", "--wait", "--create-namespace", "--namespace", release),
            *(release, ground.folder / release),
        )

    def plain(name: str) -> None:
        up = ("up", "--yes", "--skip-preview", "--stack", _ENVIRONMENT, "--config-file")
        ground.pulumi(ground.checkout.root / "apps" / name, *up, ground.folder / f"{name}.yaml")

    for name in names:
        write_chart(
            rendered_objects(ground.state(name, _ENVIRONMENT), f"helm-{name}"), ground.folder / f"helm-{name}"
        )
        shutil.copy(ground.checkout.settings_file(name, _ENVIRONMENT), ground.folder / f"{name}.yaml")
        helm(name)

    def each(run: Callable[[str], None]) -> None:
        for name in names:
            run(name)

    return [
        Contender("make apps-up", lambda: ground.checkout.make("apps-up", ENV=_ENVIRONMENT)),
        Contender("20 helm upgrades", lambda: each(helm)),
        Contender("20 plain pulumi up --skip-preview", lambda: each(plain)),
    ]


def peak_mebibytes(ground: Ground) -> float:
    """The most resident memory of the whole process tree, in MiB, while eight services are deployed, four at once.

    Pages that processes share are counted for each of them, so that it is less in truth.
    """
    names = service_names(8)
    with borrowed_services(ground.checkout, names, "memory", ground.cluster.delete_namespaces):
        process = ground.checkout.start("apps-up", ENV="memory", PARALLEL="4")
        root, most = psutil.Process(process.pid), 0
        while process.poll() is None:
            most = max(most, _resident(root))
            time.sleep(_PAUSE_SECONDS)
        text, _ = process.communicate()
        assert process.returncode == 0, text
    return most / 2**20


def _resident(root: psutil.Process) -> int:
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
    return total
