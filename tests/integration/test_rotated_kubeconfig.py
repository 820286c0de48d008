"""A kubeconfig whose server, CA or credential changes is one provider update, and nothing else."""

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.forwarder import Forwarder
from tests.integration.conftest import Declare


@pytest.fixture
def forwarder(cluster: LiveCluster) -> Iterator[Forwarder]:
    """Another address of the same API server."""
    server = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    with Forwarder(int(server.rsplit(":", 1)[1])) as running:
        yield running


def test_a_changed_server_address_replaces_nothing(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, forwarder: Forwarder
) -> None:
    declare("day", namespace="rotated")
    checkout.app_up("day", environment)
    before = cluster.uids("rotated")
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{forwarder.port}"
    moved = checkout.root / ".local" / "moved-kubeconfig"
    moved.write_text(yaml.safe_dump(document))
    original = checkout.settings_file("infrastructure", "dev").read_text()
    try:
        checkout.settings(
            "infrastructure",
            "dev",
            {"cluster": "existing", "kubeconfig_path": str(moved), "ingress_class": "local"},
        )
        infrastructure = checkout.make("infra-up").text
        assert "~ update kubernetes/cluster" in infrastructure
        assert "4 unchanged" in infrastructure
        text = checkout.app_up("day", environment)
        assert "~ update kubernetes/cluster" in text
        for lost in ("replaced", "deleted", "created"):
            assert lost not in text
        assert cluster.uids("rotated") == before
    finally:
        checkout.settings_file("infrastructure", "dev").write_text(original)
        checkout.make("infra-up")
    checkout.app_up("day", environment)
    assert cluster.uids("rotated") == before
    assert json.loads(checkout.make("infra-outputs").text)["kubeconfig"] == "[secret]"
