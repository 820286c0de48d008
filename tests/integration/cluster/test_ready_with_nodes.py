"""A cluster that is up has three ready nodes in three zones, and Deployments become available on them."""

from operations.local.local import LocalCluster
from operations.toolchain import Toolchain
from tests.integration.cluster.conftest import api, deploy


def test_three_nodes_in_three_zones_are_ready(running: LocalCluster) -> None:
    nodes = api(running).list_node().items
    assert {node.metadata.labels["topology.kubernetes.io/zone"] for node in nodes} == {
        "local-a",
        "local-b",
        "local-c",
    }
    for node in nodes:
        assert {c.type: c.status for c in node.status.conditions}["Ready"] == "True"
        assert node.status.allocatable["cpu"] == "8"
        assert node.metadata.labels["topology.kubernetes.io/region"] == "local"


def test_a_deployment_becomes_available_over_the_zones(running: LocalCluster) -> None:
    deploy(running, "spread", replicas=3)
    pods = api(running).list_namespaced_pod("default", label_selector="app=spread").items
    assert len({pod.spec.node_name for pod in pods}) == 3
    assert all(pod.status.pod_ip for pod in pods)


def test_up_again_starts_nothing(running: LocalCluster, toolchain: Toolchain) -> None:
    before = running.status()
    after = running.up(toolchain)
    assert [c.pid for c in after.components] == [c.pid for c in before.components]


def test_status_tells_what_runs(running: LocalCluster) -> None:
    status = running.status()
    assert status.state == "running"
    assert (status.nodes_ready, status.nodes) == (3, 3)
    assert status.kubernetes_version is not None
    assert status.kubernetes_version.startswith("v1.")
    namespace = api(running).read_namespace("kube-system")
    assert status.identifier == namespace.metadata.uid
