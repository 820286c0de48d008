"""Two checkouts have a cluster each, which know nothing of one another."""

from operations.local.local import LocalCluster
from tests.integration.cluster.conftest import api


def test_neither_sees_the_other(running: LocalCluster, disturbed: LocalCluster) -> None:
    one, other = running.status(), disturbed.status()
    assert one.name != other.name
    assert one.identifier != other.identifier
    assert {one.state, other.state} == {"running"}
    assert not {port for component in one.components for port in component.ports} & {
        port for component in other.components for port in component.ports
    }
    api(running).create_namespace({"metadata": {"name": "only-here"}})
    there = api(disturbed).list_namespace().items
    assert "only-here" not in {namespace.metadata.name for namespace in there}


def test_one_going_down_leaves_the_other_running(running: LocalCluster, disturbed: LocalCluster) -> None:
    before = running.status()
    disturbed.down()
    assert running.status().components == before.components
    assert running.status().state == "running"
