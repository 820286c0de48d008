"""Two real clusters: one that nobody disturbs, one to kill, stop and move; neither outlives the tests."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from kubernetes import client, config

from operations.local.local import ClusterStatus, LocalCluster
from operations.toolchain import Toolchain, locate

CHECKOUT = Path(__file__).resolve().parents[3]

POD = {"containers": [{"name": "main", "image": "example.test/app:1", "resources": {}}]}


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    return locate()


def end(cluster: LocalCluster) -> None:
    """End whatever works for a cluster, even after a test that failed half-way."""
    cluster.plane.stop()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Iterator[LocalCluster]:
    """A cluster for tests that only use it, with two Deployments and their autoscalers from the start."""
    root = tmp_path_factory.mktemp("undisturbed")
    cluster = LocalCluster(root, root / ".local")
    try:
        cluster.up(toolchain)
        _autoscale(cluster, "calm")
        _autoscale(cluster, "busy", annotations={"kwok.x-k8s.io/usage-cpu": "400m"})
        yield cluster
    finally:
        end(cluster)


@pytest.fixture(scope="session")
def _disturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    root = tmp_path_factory.mktemp("disturbed")
    cluster = LocalCluster(root, root / ".local")
    try:
        yield cluster
    finally:
        end(cluster)


@pytest.fixture
def disturbed(_disturbed: LocalCluster, toolchain: Toolchain) -> LocalCluster:
    """A running cluster to do harm to."""
    _disturbed.up(toolchain)
    return _disturbed


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[LocalCluster]:
    """A cluster that doesn't exist yet."""
    cluster = LocalCluster(tmp_path, tmp_path / ".local")
    try:
        yield cluster
    finally:
        end(cluster)


def counted(cluster: LocalCluster) -> Counter[str]:
    """Count the processes that work in a cluster's folder, by program."""
    found: Counter[str] = Counter()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd().startswith(str(cluster.plane.home)) and (command := process.cmdline()):
                found[Path(command[0]).name] += 1
    return found


def api(cluster: LocalCluster, group: Callable[[client.ApiClient], Any] = client.CoreV1Api) -> Any:
    """Reach a group of a cluster's API as its users do: by the kubeconfig alone."""
    reached = config.new_client_from_config(str(cluster.kubeconfig))
    return group(reached)


def until(seen: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Ask the API again until it shows what is waited for, and return that."""
    deadline = time.monotonic() + seconds
    while True:
        if value := seen():
            return value
        assert time.monotonic() < deadline, f"not seen within {seconds} s"
        time.sleep(0.1)


def ousted(before: ClusterStatus, after: ClusterStatus) -> bool:
    """Whether another test's cluster took a port while nothing held it: then the cluster moves, as it should."""
    ports = [{port for component in seen.components for port in component.ports} for seen in (before, after)]

    def is_taken(port: int) -> bool:
        with socket.socket() as there:
            return there.connect_ex(("127.0.0.1", port)) == 0

    return any(is_taken(port) for port in ports[0] - ports[1])


def deploy(cluster: LocalCluster, name: str, replicas: int = 1, **metadata: Any) -> None:
    """Create a Deployment in namespace default and wait until it is available."""
    apps = api(cluster, client.AppsV1Api)
    apps.create_namespaced_deployment("default", deployment(name, replicas, **metadata))
    until(lambda: apps.read_namespaced_deployment(name, "default").status.available_replicas == replicas)


def deployment(name: str, replicas: int = 1, **metadata: Any) -> dict[str, Any]:
    """Describe a Deployment with requests for CPU (100m) and memory (100Mi)."""
    labels = {"app": name}
    requests = {"cpu": "100m", "memory": "100Mi"}
    container = {"name": "main", "image": "example.test/app:1", "resources": {"requests": requests}}
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, **metadata},
                "spec": {"containers": [container], "topologySpreadConstraints": [_over_zones(labels)]},
            },
        },
    }


def _over_zones(labels: dict[str, str]) -> dict[str, Any]:
    return {
        "topologyKey": "topology.kubernetes.io/zone",
        "maxSkew": 1,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": labels},
    }


def command(cluster: LocalCluster, verb: str = "up") -> subprocess.Popen[bytes]:
    """Run `up` in a process of its own, its output in pipes."""
    code = (
        "import sys; from pathlib import Path; from operations.toolchain import Toolchain, locate;"
        "from operations.local.local import LocalCluster;"
        f"LocalCluster(Path(sys.argv[1]), Path(sys.argv[2])).{verb}(locate())"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(cluster.root), str(cluster.local)],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _autoscale(cluster: LocalCluster, name: str, **metadata: Any) -> None:
    api(cluster, client.AppsV1Api).create_namespaced_deployment("default", deployment(name, **metadata))
    targets = [
        {
            "type": "Resource",
            "resource": {"name": resource, "target": {"type": "Utilization", "averageUtilization": 80}},
        }
        for resource in ("cpu", "memory")
    ]
    api(cluster, client.AutoscalingV2Api).create_namespaced_horizontal_pod_autoscaler(
        "default",
        {
            "metadata": {"name": name},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
                "minReplicas": 1,
                "maxReplicas": 3,
                "metrics": targets,
            },
        },
    )
