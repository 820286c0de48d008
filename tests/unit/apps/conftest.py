"""Both services against two clusters' contracts: a local one, and one on EKS."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from shared.settings.application import ApplicationSettings
from tests.unit.shared.graph import ROOT, Graph, run_file, secret

EKS_KUBECONFIG = yaml.safe_dump(
    {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "eks", "cluster": {"server": "https://eks.example"}}],
        "users": [{"name": "eks", "user": {"exec": {"command": "aws", "args": ["eks", "get-token"]}}}],
        "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "eks"}}],
        "current-context": "eks",
    }
)
CONTRACTS: dict[str, dict[str, Any]] = {
    "local": {
        "kubeconfig": secret("local kubeconfig"),
        "cluster_identifier": "6f2c-uid-of-kube-system",
        "cluster_name": "local",
        "ingress_class": "local",
        "namespaces": {},
    },
    "eks": {
        "kubeconfig": EKS_KUBECONFIG,
        "cluster_identifier": "arn:aws:eks:eu-central-1:111122223333:cluster/platform",
        "cluster_name": "platform",
        "ingress_class": "alb",
        "namespaces": {},
    },
}


@dataclass(frozen=True)
class App:
    """A service's stack of one environment.

    Args:
        service: its folder in apps/.
        environment: the stack.
        cluster: which of the contracts it reads.
    """

    service: str = "day"
    environment: str = "dev"
    cluster: str = "local"

    @property
    def project(self) -> str:
        """Its Pulumi project."""
        return f"{self.service}-service-app"

    @property
    def name(self) -> str:
        """The service's name."""
        return f"{self.service}-service"

    @property
    def owner(self) -> str:
        """The stack as an owner."""
        return f"{self.project}.{self.environment}"

    def settings(self) -> dict[str, Any]:
        """What the engine gives it: the defaults of Pulumi.yaml, and its settings file."""
        folder = ROOT / "apps" / self.service
        declared = yaml.safe_load((folder / "Pulumi.yaml").read_text())["config"]
        own = yaml.safe_load((folder / f"Pulumi.{self.environment}.yaml").read_text())["config"]
        defaults = {key: entry["default"] for key, entry in declared.items() if "default" in entry}
        return defaults | {key.split(":", 1)[1]: value for key, value in own.items()}

    def graph(
        self,
        *,
        namespaces: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
        others: Mapping[str, Any] | None = None,
    ) -> Graph:
        """A graph in which its infrastructure stack is deployed."""
        contract = {**CONTRACTS[self.cluster], "namespaces": dict(namespaces or {})}
        stacks = {f"organization/service-infrastructure/{self.environment}": contract, **(others or {})}
        return Graph(stacks=stacks, state=state or {})

    def deployed(self) -> Graph:
        """What it declares as its settings files say; to read, not to change."""
        return _deployed(self)

    @property
    def namespace(self) -> str:
        """The namespace that its settings ask for."""
        given = {key: value for key, value in self.settings().items() if value != "" and ":" not in key}
        settings = ApplicationSettings.model_validate(given)
        return settings.namespace_name(service=self.name, environment=self.environment)

    def alone(self) -> Graph:
        """What it declares where it owns its namespace, whoever does so by its settings files."""
        return self.run(
            create_namespace=True, namespace_source="", adopt_namespace_from="", infra_stack_name=""
        )

    def run(self, graph: Graph | None = None, **settings: Any) -> Graph:
        """Run its `__main__.py`.

        Raises:
            RunError: it refuses.
        """
        config = {**self.settings(), **settings}
        config = {
            key: json.dumps(value) if isinstance(value, dict) else value for key, value in config.items()
        }
        return run_file(
            graph or self.graph(),
            f"apps/{self.service}",
            project=self.project,
            stack=self.environment,
            config=config,
        )


def environments(service: str) -> list[str]:
    """The environments that a service has settings for."""
    files = (ROOT / "apps" / service).glob("Pulumi.*.yaml")
    return sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files)


@functools.cache
def _deployed(app: App) -> Graph:
    return app.run()


@pytest.fixture(params=[f"{service}-{cluster}" for service in ("day", "dusk") for cluster in CONTRACTS])
def app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> App:
    """Each of the services, in dev on each kind of cluster."""
    service, cluster = request.param.split("-")
    monkeypatch.chdir(ROOT / "apps" / service)
    return App(service, cluster=cluster)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> App:
    """The day service, for what both services share."""
    monkeypatch.chdir(ROOT / "apps" / "day")
    return App("day")
