"""A cluster that exists already is provisioned by its kubeconfig, and a wrong one is told before it is touched."""

from collections.abc import Iterator

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.local_cluster import cluster_alone


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCluster]:
    """A second cluster, which no stack of the checkout has started."""
    with cluster_alone(tmp_path_factory.mktemp("other")) as made:
        yield made


def test_an_existing_cluster_is_provisioned_and_serves_applications(
    checkout: Checkout, cluster: LiveCluster, other: LiveCluster
) -> None:
    settings = {"cluster": "existing", "kubeconfig_path": str(other.kubeconfig), "ingress_class": "local"}
    checkout.settings("infrastructure", "outside", settings)
    checkout.settings("day", "outside", {"namespace": "outside"})
    # DNS that is not the kube-dns pods on port 53, as NodeLocal DNSCache and OpenShift have it.
    container = {"name": "cache", "image": "x", "args": ["-localip", "169.254.20.10,10.0.0.10"]}
    labels = {"k8s-app": "node-local-dns"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    other.apps.create_namespaced_daemon_set(
        "kube-system", {"metadata": {"name": "node-local-dns"}, "spec": spec}
    )
    other.core.create_namespace({"metadata": {"name": "openshift-dns"}})
    subset = {"addresses": [{"ip": "10.1.2.3"}], "ports": [{"name": "dns", "port": 5353, "protocol": "UDP"}]}
    other.core.create_namespaced_endpoints(
        "openshift-dns", {"metadata": {"name": "dns-default"}, "subsets": [subset]}
    )
    try:
        text = checkout.make("infra-up", ENV="outside").text
        assert " created." in text
        assert '{"cidr": "169.254.20.10/32", "ports": ["53/UDP", "53/TCP"]}' in text
        assert '{"namespace": "openshift-dns", "ports": ["5353/UDP"]}' in text
        assert "organization.isolation.network.allow_to in infrastructure/Pulumi.outside.yaml" in text
        allowed = [{"cidr": "169.254.20.10/32"}, {"namespace": "openshift-dns"}]
        organization = {"isolation": {"network": {"allow_to": allowed}}}
        checkout.settings("infrastructure", "outside", {**settings, "organization": organization})
        assert "cannot resolve names" not in checkout.make("infra-up", ENV="outside").text
        checkout.app_up("day", "outside")
        assert other.owner("outside") == "day-service-app.outside"
        assert not cluster.exists("outside")

        # The same stack pointed at another cluster.
        checkout.settings(
            "infrastructure", "outside", {**settings, "kubeconfig_path": str(cluster.kubeconfig)}
        )
        text = checkout.refused("infra-up", ENV="outside")
        assert "infrastructure/outside was deployed to the cluster" in text.replace("service-", "")
        assert "make infra-forget ENV=outside" in text
        assert not cluster.exists("outside")
    finally:
        for service in ("infrastructure", "day"):
            checkout.settings_file(service, "outside").unlink()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"cluster": "existing"}, "needs the setting kubeconfig_path"),
        ({"cluster": "existing", "kubeconfig_path": "/nowhere/kubeconfig"}, "cannot be read"),
        ({"cluster": "existing", "kubeconfig_path": "README.md"}, "is not a valid kubeconfig"),
        ({"cluster": "exsting"}, "'local', 'existing' or 'eks'"),
        ({"cluster": "local", "namespace": {}}, "did you mean namespaces?"),
        ({"cluster": "local", "namespaces": {"kube-mine": {}}}, "is reserved"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_is_changed(
    checkout: Checkout, settings: dict[str, object], told: str
) -> None:
    checkout.settings("infrastructure", "wrong", settings)
    try:
        assert told in checkout.refused("infra-up", ENV="wrong")
    finally:
        checkout.settings_file("infrastructure", "wrong").unlink()


def test_an_unreachable_cluster_is_told_before_anything_is_changed(
    checkout: Checkout, cluster: LiveCluster
) -> None:
    text = cluster.kubeconfig.read_text()
    nowhere = checkout.root / ".local" / "nowhere-kubeconfig"
    port = text.split("https://127.0.0.1:")[1].split()[0]
    nowhere.write_text(text.replace(f":{port}", ":1"))
    checkout.settings("infrastructure", "gone", {"cluster": "existing", "kubeconfig_path": str(nowhere)})
    try:
        assert "The cluster at https://127.0.0.1:1 does not answer" in checkout.refused(
            "infra-up", ENV="gone"
        )
    finally:
        checkout.settings_file("infrastructure", "gone").unlink()
