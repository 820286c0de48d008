"""Both services against two clusters' contracts: a local one, and one on EKS."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from shared.kube import observed
from shared.kube.kubeconfig import kubeconfig
from shared.kube.observed import ObservedCluster, ObservedNamespace
from tests.unit.shared.graph import ROOT, Graph, run, run_file, secret

EKS_KUBECONFIG = kubeconfig(
    "eks",
    {"server": "https://eks.example"},
    {"exec": {"command": "aws", "args": ["eks", "get-token"]}},
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
        """What the engine gives it: its settings file."""
        file = ROOT / "apps" / self.service / f"Pulumi.{self.environment}.yaml"
        return {
            key.split(":", 1)[1]: value for key, value in yaml.safe_load(file.read_text())["config"].items()
        }

    def graph(
        self,
        *,
        namespaces: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> Graph:
        """A graph in which its infrastructure stack is deployed."""
        contract = {**CONTRACTS[self.cluster], "namespaces": dict(namespaces or {})}
        stacks = {f"organization/service-infrastructure/{self.environment}": contract}
        return Graph(stacks=stacks, state=state or {})

    def deployed(self) -> Graph:
        """What it declares as its settings files say; to read, not to change."""
        return _deployed(self)

    def run(
        self, graph: Graph | None = None, program: Callable[[], object] | None = None, **settings: Any
    ) -> Graph:
        """Run its `__main__.py`, or another program in its place.

        Raises:
            RunError: it refuses.
        """
        graph = graph or self.graph()
        config = {
            key: json.dumps(value) if isinstance(value, dict) else value
            for key, value in {**self.settings(), **settings}.items()
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                observed, "observe", lambda _, names, **how: self._observed(graph, names, how["identifier"])
            )
            where: Any = {"project": self.project, "stack": self.environment, "config": config}
            return (
                run(graph, program, **where) if program else run_file(graph, f"apps/{self.service}", **where)
            )

    def _observed(self, graph: Graph, names: list[str], identifier: str | None) -> ObservedCluster:
        """A cluster that has what the test says, otherwise the namespaces that other stacks export."""
        if graph.cluster:
            return graph.cluster
        records = {
            name: record
            for exported in graph.stacks.values()
            for name, record in exported.get("namespaces", {}).items()
            if name in names
        }
        namespaces = {
            name: ObservedNamespace(name, record["uid"], owner=record["owner"])
            for name, record in records.items()
        }
        return ObservedCluster(identifier or CONTRACTS[self.cluster]["cluster_identifier"], namespaces)


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
