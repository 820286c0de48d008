"""Both services against two clusters' contracts: a local one, and one on EKS."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

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


@functools.cache
def _deployed(app: App) -> Graph:
    return app.run()


@pytest.fixture(params=["day", "dusk"])
def app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> App:
    """Each of the services, in dev on the local cluster."""
    monkeypatch.chdir(ROOT / "apps" / request.param)
    return App(request.param)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> App:
    """The day service, for what both services share."""
    monkeypatch.chdir(ROOT / "apps" / "day")
    return App("day")
