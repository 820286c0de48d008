"""What is used in a namespace without a quota is counted as its quota will count it."""

from typing import Any, cast

import pytest

from shared.cluster.api import ClusterApi
from shared.cluster.usage import read_usage


class Answers:
    """An API that has a few lists of one namespace, and remembers of which it was asked for the metadata alone."""

    def __init__(self, lists: dict[str, Any]) -> None:
        self.lists, self.metadata_only = lists, set[str]()

    def get(self, path: str, *, accept: str) -> Any:
        plural = path.removeprefix("/api/v1/namespaces/dev/")
        if "PartialObjectMetadataList" in accept:
            self.metadata_only.add(plural)
        return {"items": self.lists[plural]} if plural in self.lists else None


def usage(**lists: Any) -> dict[str, str]:
    return read_usage(cast(ClusterApi, Answers(lists)), "dev")


def pod(phase: str = "Running", **resources: dict[str, str]) -> dict[str, Any]:
    return {
        "spec": {"containers": [{"name": "main", "resources": resources}]},
        "status": {"phase": phase},
    }


def service(kind: str, *ports: dict[str, int], **spec: Any) -> dict[str, Any]:
    return {"spec": {"type": kind, "ports": list(ports), **spec}}


def test_an_empty_namespace_uses_nothing() -> None:
    assert usage() == {
        "pods": "0",
        "services": "0",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
        "persistentvolumeclaims": "0",
        "configmaps": "0",
        "secrets": "0",
        "requests.cpu": "0m",
        "requests.memory": "0Mi",
        "limits.cpu": "0m",
        "limits.memory": "0Mi",
        "requests.storage": "0Mi",
    }


def test_pods_count_until_they_are_over_with_what_they_ask_for() -> None:
    one = pod(requests={"cpu": "0.1", "memory": "64Mi"}, limits={"cpu": "1", "memory": "1G"})
    found = usage(pods=[one, pod("Pending", limits={"cpu": "200m"}), pod("Succeeded"), pod("Failed")])
    assert found["pods"] == "2"
    assert (found["requests.cpu"], found["limits.cpu"]) == ("300m", "1200m")
    assert (found["requests.memory"], found["limits.memory"]) == ("64Mi", "1000000000")


@pytest.mark.parametrize(
    ("found", "load_balancers", "node_ports"),
    [
        (service("ClusterIP", {"port": 80}), "0", "0"),
        (service("NodePort", {"port": 80, "nodePort": 30080}, {"port": 443}), "0", "2"),
        (service("LoadBalancer", {"port": 80}, {"port": 443}), "1", "2"),
        (service("LoadBalancer", {"port": 80}, allocateLoadBalancerNodePorts=False), "1", "0"),
        (
            service("LoadBalancer", {"port": 80, "nodePort": 30080}, allocateLoadBalancerNodePorts=False),
            "1",
            "1",
        ),
        ({"spec": {"type": "ExternalName"}}, "0", "0"),
    ],
)
def test_a_services_ports_on_nodes_count_by_its_type(
    found: dict[str, Any], load_balancers: str, node_ports: str
) -> None:
    used = usage(services=[found])
    assert used["services"] == "1"
    assert (used["services.loadbalancers"], used["services.nodeports"]) == (load_balancers, node_ports)


def test_claims_count_with_their_sizes() -> None:
    claims = [{"spec": {"resources": {"requests": {"storage": size}}}} for size in ("1Gi", "512Mi")]
    found = usage(persistentvolumeclaims=[*claims, {"spec": {}}])
    assert (found["persistentvolumeclaims"], found["requests.storage"]) == ("3", "1536Mi")


def test_secrets_and_config_maps_are_counted_unread() -> None:
    answers = Answers({"secrets": [{"metadata": {}}] * 2, "configmaps": [{"metadata": {}}]})
    found = read_usage(cast(ClusterApi, answers), "dev")
    assert (found["secrets"], found["configmaps"]) == ("2", "1")
    assert answers.metadata_only == {"secrets", "configmaps"}
