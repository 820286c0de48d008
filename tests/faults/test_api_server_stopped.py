"""The API server stopped, in the middle of a move too: nothing is lost, and the same command goes on."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from shared.kube.kubeconfig import server_of
from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.faults.striking import locks
from tests.integration.conftest import Lasting


@pytest.mark.parametrize("moment", ["as it begins", "as the owner changes"])
def test_a_move_goes_on_after_the_control_plane_was_killed(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, moment: str
) -> None:
    before = cluster.uids(lasting.namespace)
    to, owner, _ = lasting.elsewhere(cluster)
    project, stack = owner.rsplit(".", 1)
    process = checkout.start("namespace-move", **lasting.named, TO=to)
    if moment == "as it begins":
        until(lambda: locks(checkout, project, stack), "the first update under way")
    else:
        until(lambda: cluster.owner(lasting.namespace) == owner, "the namespace taken over")
    with _no_api_server(checkout, cluster):
        text, _ = process.communicate()
        assert process.returncode != 0, text
        assert "Traceback" not in text
        again = checkout.make("namespace-move", code=2, **lasting.named, TO=to).text
        assert "Traceback" not in again
    checkout.make("namespace-move", **lasting.named, TO=to)
    assert cluster.owner(lasting.namespace) == owner
    assert cluster.uids(lasting.namespace) == before


def test_a_refresh_without_an_answer_is_refused_and_the_state_keeps_everything(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = checkout.root / ".local/state/.pulumi/stacks/day-service-app" / f"{lasting.environment}.json"
    before = file.read_bytes()
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    with _no_api_server(checkout, cluster):
        for verb, named in (("app-refresh", lasting.named), ("infra-refresh", {})):
            assert "does not answer" in checkout.refused(verb, **named)
        assert file.read_bytes() == before
    assert "unchanged" in lasting.up()
    checkout.make("app-refresh", **lasting.named)


@contextmanager
def _no_api_server(checkout: Checkout, cluster: LiveCluster) -> Iterator[None]:
    """Kill the API server of the checkout's cluster, and start it again after the block.

    In the meantime its port is taken by what hangs up at once, so that no other cluster gets it. Where one does before
    the API server is up again, the infrastructure stack tells the others the new address.
    """
    address = server_of(checkout.kubeconfig.read_text())
    (found,) = (
        process
        for process in psutil.process_iter(["cmdline"])
        if (words := process.info["cmdline"] or [])
        and words[0].endswith("kube-apiserver")
        and str(checkout.root) in words[0]
    )
    port = next(one.laddr.port for one in found.net_connections() if one.status == psutil.CONN_LISTEN)
    found.kill()
    found.wait()
    try:
        with _hanging_up(port):
            yield
    finally:
        checkout.make("cluster-up")
        cluster.connect()
        if address != server_of(checkout.kubeconfig.read_text()):
            checkout.make("infra-up")
        _await_quotas(cluster)


def _await_quotas(cluster: LiveCluster) -> None:
    """Wait until quotas are counted again, which their controller, now and then, does after a minute only."""
    quota = {"metadata": {"name": "counted"}, "spec": {"hard": {"pods": "9"}}}
    cluster.core.create_namespaced_resource_quota("default", quota)
    until(
        lambda: cluster.core.read_namespaced_resource_quota("counted", "default").status.used,
        "quotas counted",
        seconds=180.0,
    )
    cluster.core.delete_namespaced_resource_quota("counted", "default")


@contextmanager
def _hanging_up(port: int) -> Iterator[None]:
    """Take a port, and close each connection to it."""
    servers: list[socket.socket] = []

    def take() -> bool:
        # Not all threads of the one that was killed may have ended.
        with suppress(OSError):
            servers.append(socket.create_server(("127.0.0.1", port)))
        return bool(servers)

    def hang_up() -> None:
        with suppress(OSError):
            while True:
                servers[0].accept()[0].close()

    until(take, "the port free")
    thread = threading.Thread(target=hang_up)
    thread.start()
    try:
        yield
    finally:
        servers[0].shutdown(socket.SHUT_RDWR)
        thread.join()
        servers[0].close()
