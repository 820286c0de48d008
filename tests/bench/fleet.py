"""Twenty services with nothing to do: one command, beside as many runs of helm and plain Pulumi one after the other."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.bench.ground import Ground
from tests.bench.measure import Contender
from tests.bench.rendered import rendered_objects, write_chart
from tests.growth import borrowed_services, service_names

_COUNT = 20
_ENVIRONMENT = "fleet"
_AT_ONCE = 10
"""Namespaces that are deleted at once afterwards, which is not measured."""


@contextmanager
def fleet(ground: Ground, count: int = _COUNT, environment: str = _ENVIRONMENT) -> Iterator[list[str]]:
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
    for name in names:
        state = ground.state(f"{name}-service-app", _ENVIRONMENT)
        write_chart(rendered_objects(state, namespace=f"helm-{name}"), ground.folder / f"helm-{name}")
        _helm(ground, name)

    def plain(name: str) -> None:
        settings = ground.checkout.root / ".local/settings" / f"{name}-service-app"
        ground.pulumi(
            ground.checkout.root / "apps" / name,
            *("up", "--yes", "--skip-preview", "--stack", _ENVIRONMENT),
            *("--config-file", settings / f"Pulumi.{_ENVIRONMENT}.yaml"),
        )

    def each(verb: str) -> None:
        for name in names:
            if verb == "helm":
                _helm(ground, name)
            else:
                plain(name)

    return [
        Contender("make apps-up", lambda: ground.checkout.make("apps-up", ENV=_ENVIRONMENT)),
        Contender("20 helm upgrades", lambda: each("helm")),
        Contender("20 plain pulumi up --skip-preview", lambda: each("plain")),
    ]


def _helm(ground: Ground, name: str) -> None:
    release = f"helm-{name}"
    ground.call(
        *(ground.helm, "upgrade", "--install", "--wait", "--create-namespace", "--namespace", release),
        *(release, ground.folder / release),
    )
