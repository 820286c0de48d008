"""Environments for integration tests: settings files that stand for stacks of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster

Declare = Callable[..., None]


@pytest.fixture
def environment(request: pytest.FixtureRequest) -> str:
    """An environment's name that no other test uses, short enough for every name made of it."""
    name: str = request.node.name
    return name.removeprefix("test_").replace("_", "-")[:24].rstrip("-")


@pytest.fixture
def declare(checkout: Checkout, cluster: LiveCluster, environment: str) -> Iterator[Declare]:
    """Write a service's settings for this test's environment; what it deployed is deleted afterwards."""
    services: set[str] = set()

    def write(service: str, **values: Any) -> None:
        services.add(service)
        checkout.settings(service, environment, {"infra_stack_name": "dev", **values})

    yield write
    for service in services:
        checkout.discard(service, environment)
    for item in cluster.core.list_namespace(label_selector="platform.internal/owner").items:
        cluster.delete_namespace(item.metadata.name)


def restore_policies(checkout: Checkout) -> None:
    """Deploy the infrastructure stack, deleted policies too, and wait until the API server enforces them."""
    checkout.make("infra-refresh")
    checkout.make("infra-up")
    LiveCluster(checkout.kubeconfig).wait_for_policies()


@contextmanager
def restored_infrastructure(checkout: Checkout) -> Iterator[None]:
    """Put the infrastructure stack's settings back afterwards, and deploy them, where they were changed."""
    file = checkout.settings_file("infrastructure", "dev")
    original = file.read_text()
    yield
    if file.read_text() != original:
        file.write_text(original)
        checkout.make("infra-up")
        LiveCluster(checkout.kubeconfig).wait_for_policies()


@pytest.fixture
def infrastructure_settings(checkout: Checkout) -> Iterator[None]:
    """The infrastructure stack's settings are as they were, afterwards."""
    with restored_infrastructure(checkout):
        yield


Platform = Callable[..., str]
"""Deploys the infrastructure stack with the namespaces that are given, by name, and with settings by name."""


@contextmanager
def _platform(checkout: Checkout) -> Iterator[Platform]:
    def deploy(namespaces: dict[str, Any], **settings: Any) -> str:
        values = {"cluster": "local", "namespaces": namespaces, **settings}
        checkout.settings("infrastructure", "dev", values)
        return checkout.make("infra-up").text

    with restored_infrastructure(checkout):
        yield deploy


@pytest.fixture
def platform(checkout: Checkout) -> Iterator[Platform]:
    """Deploy the infrastructure stack with other namespaces; afterwards it has none again."""
    with _platform(checkout) as deploy:
        yield deploy


@pytest.fixture(scope="module")
def module_platform(checkout: Checkout, cluster: LiveCluster) -> Iterator[Platform]:
    """The same for all tests of a file; what its namespaces were goes at the end."""
    with _platform(checkout) as deploy:
        yield deploy
    for item in cluster.core.list_namespace(label_selector="platform.internal/owner").items:
        cluster.delete_namespace(item.metadata.name)
