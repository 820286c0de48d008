"""Environments for integration tests: settings files that stand for stacks of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from tests.checkout import Checkout
from tests.cluster import LiveCluster

INFRASTRUCTURE = "service-infrastructure.dev"
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
    delete_namespaces(cluster)


_LASTING = set[str]()


def delete_namespaces(cluster: LiveCluster) -> None:
    """Delete what tests left, but for what those of a file share."""
    for item in cluster.core.list_namespace(label_selector="platform.internal/owner").items:
        if item.metadata.name not in _LASTING:
            cluster.delete_namespace(item.metadata.name)


@dataclass(frozen=True)
class Lasting:
    """A day service that the tests of a file share: each leaves it deployed, whatever its settings."""

    checkout: Checkout
    environment: str
    namespace: str
    _values: dict[str, Any] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """What the owner label says where it owns its namespace."""
        return f"day-service-app.{self.environment}"

    @property
    def named(self) -> dict[str, str]:
        """Its name as make's variables."""
        return {"SERVICE": "day", "ENV": self.environment}

    def elsewhere(self, cluster: LiveCluster) -> tuple[str, str, str]:
        """Where its namespace is not: to whom to move it, who owns it then, and the other direction."""
        ways = ("infrastructure", INFRASTRUCTURE), ("application", self.owner)
        there, back = ways if cluster.owner(self.namespace) == self.owner else reversed(ways)
        return *there, back[0]

    def declare(self, **values: Any) -> None:
        """Change its settings."""
        self._values.update(values)
        shared = {"infra_stack_name": "dev", "namespace": self.namespace}
        self.checkout.settings("day", self.environment, {**shared, **self._values})

    def up(self) -> str:
        """Deploy it and return what was printed."""
        return self.checkout.app_up("day", self.environment)


@pytest.fixture(scope="module")
def lasting(checkout: Checkout, cluster: LiveCluster, request: pytest.FixtureRequest) -> Iterator[Lasting]:
    """A day service that is deployed once for a file; what its tests changed of infrastructure is put back."""
    name: str = request.module.__name__.rpartition(".test_")[2].replace("_", "-")
    made = Lasting(checkout, name, name)
    with restored_infrastructure(checkout):
        made.declare()
        try:
            made.up()
            _LASTING.add(name)
            yield made
        finally:
            _LASTING.discard(name)
            checkout.discard("day", name)
    cluster.delete_namespaces([name])


def settings_of(checkout: Checkout, service: str, environment: str) -> dict[str, Any]:
    """A stack's settings by name, without the project's prefix."""
    config = yaml.safe_load(checkout.settings_file(service, environment).read_text())["config"]
    return {key.split(":", 1)[1]: value for key, value in config.items()}


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
    delete_namespaces(cluster)
