"""The status fits 80 columns, and says nothing of what there is not."""

import io
import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from operations.cluster.commands import tables
from operations.cluster.site import Site
from operations.cluster.status import ClusterStatus, ComponentStatus, inspect

FULL = ClusterStatus(
    name="a" * 40,
    state="partly running",
    identifier="9704d53a-c6b0-4837-a637-b70c6cc42cc0",
    kubernetes_version="v1.36.3",
    server="https://127.0.0.1:30118",
    kubeconfig=Path("/a/long/way/down") / ("k" * 60) / "kubeconfig",
    nodes_ready=2,
    nodes=3,
    metrics_ready=False,
    data_bytes=130 * 1024**2,
    components=(
        ComponentStatus("etcd", alive=True, pid=4194304, ports=(30120, 30119)),
        ComponentStatus("kube-controller-manager", alive=False, pid=None, ports=(30121,)),
    ),
)


def _shown(status: ClusterStatus) -> str:
    console = Console(file=io.StringIO(), width=80)
    for table in tables(status):
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_everything_fits_and_is_whole() -> None:
    text = _shown(FULL)
    assert all(len(line) <= 80 for line in text.splitlines())
    for part in (
        "2 of 3 ready",
        "partly running",
        "30120, 30119",
        "half a minute",
        "130 MB",
        str(FULL.identifier),
    ):
        assert part in text
    assert "…" not in text


def test_a_cluster_that_was_never_there_has_a_name_and_a_state(tmp_path: Path) -> None:
    status = inspect(Site("mine", tmp_path), tmp_path / "kubeconfig")
    assert status.state == "absent"
    assert [line.split() for line in _shown(status).splitlines() if line.strip()] == [
        ["Cluster", "mine"],
        ["State", "absent"],
    ]


def test_the_same_is_to_be_had_as_json() -> None:
    read = json.loads(json.dumps(replace(FULL).as_dict()))
    assert read["components"][0] == {"name": "etcd", "alive": True, "pid": 4194304, "ports": [30120, 30119]}
    assert read["kubeconfig"] == str(FULL.kubeconfig)
