"""Another user of the machine reads nothing of the cluster, by whichever port or socket."""

import os
import subprocess

import psutil
import pytest
import urllib3

from operations.local.local import LocalCluster

_NOBODY = 65534


def test_three_processes_listen_and_on_the_loopback_address_alone(running: LocalCluster) -> None:
    listening = {}
    for component in running.status().components:
        addresses = [
            connection.laddr
            for connection in psutil.Process(component.pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert {address.port for address in addresses} == set(component.ports)
        assert {address.ip for address in addresses} <= {"127.0.0.1"}
        listening[component.name] = len(addresses)
    # Neither etcd, whose data are all there is, nor the controllers.
    assert {name for name, count in listening.items() if count} == {
        "kube-apiserver",
        "kwok-controller",
        "metrics-server",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_etcd_answers_its_owner_alone(running: LocalCluster) -> None:
    socket = running.plane.folder / "client:0"
    ask = ["curl", "--silent", "--max-time", "5", "--unix-socket", str(socket), "http://etcd/version"]
    assert subprocess.run(ask, capture_output=True, check=True).stdout
    other = subprocess.run(
        ask, capture_output=True, check=False, user=_NOBODY, group=_NOBODY, extra_groups=[]
    )
    assert other.returncode != 0
    assert not other.stdout


def _as_another_user(url: str) -> tuple[int, str]:
    """What a port answers to another user of the machine, who has no credential."""
    ask = ["curl", "--silent", "--insecure", "--max-time", "10", "--write-out", "\\n%{http_code}", url]
    other = {} if os.geteuid() else {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
    done = subprocess.run(ask, capture_output=True, text=True, check=False, **other)  # type: ignore[call-overload]
    said, _, status = done.stdout.rpartition("\n")
    return int(status), said


@pytest.mark.parametrize(
    ("component", "paths"),
    [
        ("kube-apiserver", ["/api/v1/namespaces", "/api/v1/secrets", "/metrics", "/debug/pprof/heap"]),
        ("metrics-server", ["/apis/metrics.k8s.io/v1beta1/pods", "/metrics", "/debug/pprof/heap"]),
    ],
)
def test_the_ports_of_the_api_want_a_credential(
    running: LocalCluster, component: str, paths: list[str]
) -> None:
    (port,) = next(each.ports for each in running.status().components if each.name == component)
    for path in paths:
        status, said = _as_another_user(f"https://127.0.0.1:{port}{path}")
        assert status in (401, 403), (path, said)


def test_kwoks_port_tells_others_names_and_simulated_figures_and_nothing_else(running: LocalCluster) -> None:
    """docs/security.md says so: its server knows no credentials."""
    (port,) = next(each.ports for each in running.status().components if each.name == "kwok-controller")
    status, said = _as_another_user(f"http://127.0.0.1:{port}/metrics/nodes/node-0/metrics/resource")
    assert status == 200
    told = {
        line.split("{")[0].split(" ")[0] for line in said.splitlines() if line and not line.startswith("#")
    }
    assert {name.split("_")[0] for name in told} <= {"node", "pod", "container", "scrape", "promhttp"}
    for method in ("POST", "PUT", "DELETE"):
        assert urllib3.request(method, f"http://127.0.0.1:{port}/api/v1/namespaces").status in (404, 405)


@pytest.mark.parametrize(
    "path",
    ["/debug/pprof/heap", "/exec/default/any/main", "/containerLogs/default/any/main", "/attach/a/b/c"],
)
def test_what_the_nodes_would_serve_is_closed(running: LocalCluster, path: str) -> None:
    (port,) = next(each.ports for each in running.status().components if each.name == "kwok-controller")
    assert urllib3.request("GET", f"http://127.0.0.1:{port}{path}").status == 405


def test_nothing_of_the_cluster_can_be_entered_by_others(running: LocalCluster) -> None:
    assert running.local.stat().st_mode & 0o077 == 0
    assert running.plane.home.stat().st_mode & 0o077 == 0
