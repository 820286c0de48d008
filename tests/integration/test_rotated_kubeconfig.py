"""A kubeconfig whose server, CA, user or token changes is one provider update, and nothing else."""

import base64
import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.forwarder import Forwarder
from tests.integration.conftest import Declare, restored_infrastructure

ACCOUNT = "rotated-administrator"
Kubeconfig = dict[str, Any]
Change = Callable[[Kubeconfig], None]


@pytest.fixture
def forwarder(cluster: LiveCluster) -> Iterator[Forwarder]:
    """Another address of the same API server."""
    server = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    with Forwarder(int(server.rsplit(":", 1)[1])) as running:
        yield running


@pytest.fixture
def token(cluster: LiveCluster) -> Iterator[Callable[[], str]]:
    """Makes another token of an administrator each time."""
    subject = {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": "kube-system"}
    cluster.core.create_namespaced_service_account("kube-system", {"metadata": {"name": ACCOUNT}})
    cluster.access.create_cluster_role_binding(
        {
            "metadata": {"name": ACCOUNT},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "cluster-admin",
            },
            "subjects": [subject],
        }
    )

    def make() -> str:
        asked = {"spec": {"expirationSeconds": 3600}}
        made = cluster.core.create_namespaced_service_account_token(ACCOUNT, "kube-system", asked)
        return str(made.status.token)

    yield make
    cluster.access.delete_cluster_role_binding(ACCOUNT)
    cluster.core.delete_namespaced_service_account(ACCOUNT, "kube-system")


@pytest.fixture
def rotate(checkout: Checkout, cluster: LiveCluster) -> Iterator[Callable[[Change], str]]:
    """Deploy the infrastructure stack with a kubeconfig that was changed, and return what that printed."""
    rotated = checkout.root / ".local" / "rotated-kubeconfig"

    def deploy(change: Change) -> str:
        document = yaml.safe_load(cluster.kubeconfig.read_text())
        change(document)
        rotated.write_text(yaml.safe_dump(document))
        settings = {"cluster": "existing", "kubeconfig_path": str(rotated), "ingress_class": "local"}
        checkout.settings("infrastructure", "dev", settings)
        return checkout.make("infra-up").text

    with restored_infrastructure(checkout):
        yield deploy


def another_ca() -> bytes:
    """A CA's certificate that nobody signs with yet, as while a cluster's CA is rotated."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the next CA")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def test_a_change_of_any_part_replaces_nothing(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    forwarder: Forwarder,
    token: Callable[[], str],
    rotate: Callable[[Change], str],
) -> None:
    declare("day", namespace="rotated")
    checkout.app_up("day", environment)
    before = cluster.uids("rotated")

    def address(kubeconfig: Kubeconfig) -> None:
        kubeconfig["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{forwarder.port}"

    def authority(kubeconfig: Kubeconfig) -> None:
        found = kubeconfig["clusters"][0]["cluster"]
        bundle = base64.b64decode(found["certificate-authority-data"]) + another_ca()
        found["certificate-authority-data"] = base64.b64encode(bundle).decode()

    def user(kubeconfig: Kubeconfig) -> None:
        kubeconfig["users"] = [{"name": "another", "user": {"token": token()}}]
        kubeconfig["contexts"][0]["context"]["user"] = "another"

    for change in (address, authority, user, user):
        for text in (rotate(change), checkout.app_up("day", environment)):
            assert "~ update kubernetes/cluster" in text, change
            assert text.count("~ update") == 1, change
            for lost in ("replaced", "deleted", "created"):
                assert lost not in text, change
        assert cluster.uids("rotated") == before, change
    assert json.loads(checkout.make("infra-outputs").text)["kubeconfig"] == "[secret]"
