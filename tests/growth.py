"""Growth: a test checkout with as many services and platform namespaces as are asked for."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tests.checkout import Checkout

_TEMPLATE = "day"
_SETTINGS: Mapping[str, Any] = {
    "image_tag": "1.0.0",
    "replicas": 1,
    "min_replicas": 1,
    "max_replicas": 2,
}
"""One pod each, so that fifty of them fit onto the simulated nodes."""


def service_names(count: int, *, first: int = 1) -> list[str]:
    """Names of services: s01, s02 and so on."""
    return [f"s{number:02}" for number in range(first, first + count)]


def add_services(
    checkout: Checkout, names: Sequence[str], environment: str = "dev", **settings: Mapping[str, Any]
) -> None:
    """Add services to a checkout, each as the day project is, with settings for one environment.

    Args:
        checkout: a test's own checkout.
        names: the services' names; one that is there already gets its settings anew.
        environment: the environment that they get settings for.
        settings: further settings of some of them, by service.
    """
    source = checkout.root / "apps" / _TEMPLATE
    for name in names:
        folder = checkout.root / "apps" / name
        folder.mkdir(exist_ok=True)
        for file in ("Pulumi.yaml", "__main__.py"):
            text = (source / file).read_text()
            (folder / file).write_text(text.replace(f"{_TEMPLATE}-service", f"{name}-service"))
        values = {**_SETTINGS, "namespace": f"{name}-{environment}", **settings.get(name, {})}
        checkout.settings(name, environment, values)


def remove_services(checkout: Checkout, names: Sequence[str]) -> None:
    """Remove services from a checkout; what they deployed stays."""
    for name in names:
        shutil.rmtree(checkout.root / "apps" / name)


@contextmanager
def borrowed_services(
    checkout: Checkout,
    names: Sequence[str],
    environment: str,
    remove_namespaces: Callable[[Sequence[str]], object],
    **settings: Mapping[str, Any],
) -> Iterator[None]:
    """Services with a namespace each, gone from the checkout, its backend and the cluster afterwards.

    Args:
        checkout: as for `add_services`, like the names and the environment.
        names: the services' names.
        environment: their environment; they are deployed to the cluster of the infrastructure stack dev.
        remove_namespaces: deletes those of the namespaces that there are.
        settings: further settings of some of them, by service.
    """
    platform = {"infra_stack_name": "dev"}
    add_services(
        checkout, names, environment, **{name: {**platform, **settings.get(name, {})} for name in names}
    )
    try:
        yield
    finally:
        remove_namespaces([f"{name}-{environment}" for name in names])
        for name in names:
            checkout.discard(name, environment)
        remove_services(checkout, names)


def declare_namespaces(checkout: Checkout, count: int, environment: str = "dev") -> None:
    """Give the infrastructure stack of a local cluster so many namespaces to own: n001, n002 and so on."""
    namespaces: dict[str, dict[str, Any]] = {f"n{number:03}": {} for number in range(1, count + 1)}
    checkout.settings("infrastructure", environment, {"cluster": "local", "namespaces": namespaces})
