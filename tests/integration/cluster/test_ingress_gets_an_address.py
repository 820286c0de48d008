"""An Ingress of class local gets an address, and so does one that names no class; another class's doesn't."""

from typing import Any

import pytest
from kubernetes import client

from operations.local.local import LocalCluster
from tests.integration.cluster.conftest import api, until


def _create(network: Any, name: str, class_name: str | None) -> None:
    backend = {"service": {"name": "any", "port": {"number": 80}}}
    rule = {"host": "a.test", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    spec = {"rules": [rule]} | ({} if class_name is None else {"ingressClassName": class_name})
    network.create_namespaced_ingress("default", {"metadata": {"name": name}, "spec": spec})


@pytest.mark.parametrize("class_name", ["local", None])
def test_an_ingress_gets_an_address(running: LocalCluster, class_name: str | None) -> None:
    network = api(running, client.NetworkingV1Api)
    name = f"class-{class_name or 'default'}"
    _create(network, name, class_name)
    addresses = until(lambda: network.read_namespaced_ingress(name, "default").status.load_balancer.ingress)
    assert [address.ip for address in addresses] == ["127.0.0.1"]


def test_an_ingress_of_another_class_is_left_alone(running: LocalCluster) -> None:
    network = api(running, client.NetworkingV1Api)
    _create(network, "other", "nginx")
    # One that is made afterwards has its address by the time that the question is put.
    _create(network, "later", "local")
    until(lambda: network.read_namespaced_ingress("later", "default").status.load_balancer.ingress)
    assert not network.read_namespaced_ingress("other", "default").status.load_balancer.ingress
