"""Where another process took the cluster's port while it was stopped, the cluster moves and says so."""

import contextlib
import socket
from typing import Any

import pytest

from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from tests.integration.cluster.conftest import api, deploy, until


def test_it_moves_with_its_data(
    disturbed: LocalCluster, toolchain: Toolchain, capsys: pytest.CaptureFixture[str]
) -> None:
    before = disturbed.status()
    ports = {component.name: component.ports for component in before.components}
    taken = [ports[name][0] for name in ("kube-apiserver", "kwok-controller")]
    disturbed.down()
    with contextlib.ExitStack() as others:
        for port in taken:
            others.enter_context(socket.create_server(("127.0.0.1", port)))
        after = disturbed.up(toolchain)
        said = capsys.readouterr().err
        assert f"The address of the cluster was {before.server} and is now {after.server}" in said
        assert (after.state, after.identifier) == ("running", before.identifier)
        moved = {component.name: component.ports for component in after.components}
        assert set(taken).isdisjoint(port for each in moved.values() for port in each)
        assert after.server == f"https://127.0.0.1:{moved['kube-apiserver'][0]}"
        assert after.server in disturbed.kubeconfig.read_text()
        deploy(disturbed, "moved")
        core = api(disturbed)

        def scraped_at() -> Any:
            return core.read_node("local-a").status.daemon_endpoints.kubelet_endpoint.port

        until(lambda: scraped_at() == moved["kwok-controller"][0])
