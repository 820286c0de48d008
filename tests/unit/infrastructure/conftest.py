"""The infrastructure program against a kubeconfig file, with a cluster that can be made up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infrastructure import cluster
from shared.kube import observed
from shared.kube.kubeconfig import kubeconfig as kubeconfig_of
from shared.kube.observed import ObservedCluster, ObservedNamespace
from tests.unit.shared.graph import ROOT, Graph, refused, run_file

KUBECONFIG = kubeconfig_of("platform", {"server": "https://one:6443"}, {"token": "secret token"})
IDENTIFIER = "uid-of-kube-system"

Program = Callable[..., Graph]
Live = Callable[..., None]


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubeconfig file where the local cluster would have it."""
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG)
    monkeypatch.setattr(cluster, "LOCAL_KUBECONFIG", path)
    monkeypatch.chdir(ROOT / "infrastructure")
    return path


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Live:
    """Set what is observed on the cluster; nothing until then."""

    def has(*namespaces: ObservedNamespace) -> None:
        found = ObservedCluster(IDENTIFIER, {item.name: item for item in namespaces}, version="v1.36.3")
        monkeypatch.setattr(observed, "observe", lambda kubeconfig, names: found)

    has()
    return has


@pytest.fixture
def program(kubeconfig: Path, live: Live) -> Program:
    """Run the program with settings, on the local cluster unless they say otherwise."""

    def run(graph: Graph | None = None, **settings: Any) -> Graph:
        config = {"cluster": "local", **settings}
        text = {
            key: json.dumps(value) if isinstance(value, dict | list) else value
            for key, value in config.items()
        }
        return run_file(
            graph or Graph(), "infrastructure", project="service-infrastructure", stack="dev", config=text
        )

    return run


def refusal_of(program: Program, **settings: Any) -> str:
    """What the program says where it refuses settings; it declares no object then."""
    graph = Graph()
    message = refused(lambda: program(graph, **settings))
    assert not graph.objects
    return message
