"""Where another process took the cluster's port while it was stopped, the cluster moves and says so."""

import contextlib
import socket

import pytest

from operations.cluster.kwokctl import Toolchain
from operations.cluster.local import LocalCluster
from tests.integration.cluster.conftest import api, deploy


def test_it_moves_with_its_data(
    disturbed: LocalCluster, toolchain: Toolchain, capsys: pytest.CaptureFixture[str]
) -> None:
    before = disturbed.status()
    ports = {component.name: component.ports for component in before.components}
    taken = [ports[name][0] for name in ("kube-apiserver", "etcd", "kwok-controller")]
    disturbed.down()
    with contextlib.ExitStack() as others:
        for port in taken:
            others.enter_context(socket.create_server(("127.0.0.1", port)))
        after = disturbed.up(toolchain)
        said = capsys.readouterr().err
        assert all(f"Port {port} belongs to another process" in said for port in taken)
        assert (after.state, after.identifier) == ("running", before.identifier)
        moved = {component.name: component.ports for component in after.components}
        assert set(taken).isdisjoint(port for each in moved.values() for port in each)
        assert moved["kube-scheduler"] == ports["kube-scheduler"]
        assert after.server == f"https://127.0.0.1:{moved['kube-apiserver'][0]}"
        assert after.server in disturbed.kubeconfig.read_text()
        deploy(disturbed, "moved")
        node = api(disturbed).read_node("local-a")
        assert node.status.daemon_endpoints.kubelet_endpoint.port == moved["kwok-controller"][0]
