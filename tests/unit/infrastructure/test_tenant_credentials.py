"""Which tenants get a credential, what is in it, and when a new one is issued."""

import base64
import datetime
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infrastructure import tenant_credentials
from infrastructure.certificates import ClientCertificate, share_left
from infrastructure.settings import InfrastructureSettings
from infrastructure.tenant_credentials import credential_tenants

DAY, DUSK = "day-service-app.dev", "dusk-service-app.dev"
NOW = datetime.datetime.now(datetime.UTC)
ADMIN = yaml.safe_dump(
    {
        "clusters": [
            {"name": "local", "cluster": {"server": "https://one", "certificate-authority-data": "QQ=="}}
        ],
        "users": [{"name": "admin", "user": {"token": "the-platforms"}}],
    }
)


def settings(days: int = 30, **namespaces: list[str]) -> InfrastructureSettings:
    return InfrastructureSettings(
        cluster="local",
        tenant_credential_days=days,
        namespaces={name: {"tenants": tenants} for name, tenants in namespaces.items()},  # type: ignore[misc]
    )


def certificate(user: str, *, begun: datetime.timedelta, ends: datetime.timedelta) -> ClientCertificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begun)
        .not_valid_after(NOW + ends)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return ClientCertificate(made.public_bytes(serialization.Encoding.PEM).decode(), private.decode())


def kubeconfig(user: str, *, left: float) -> str:
    """A tenant's kubeconfig of a cluster at another address, with a share of its life left."""
    life = datetime.timedelta(days=10)
    found = certificate(user, begun=life * (left - 1), ends=life * left)
    encoded = {
        "client-certificate-data": base64.b64encode(found.certificate.encode()).decode(),
        "client-key-data": base64.b64encode(found.key.encode()).decode(),
    }
    return yaml.safe_dump({"users": [{"name": user, "user": encoded}]})


def test_every_named_tenant_gets_a_credential_once_and_only_where_settings_ask_for_it() -> None:
    assert credential_tenants(settings(a=[DUSK, DAY], b=[DAY], c=[])) == [DAY, DUSK]
    assert credential_tenants(settings(0, a=[DAY])) == []


@pytest.mark.parametrize(("left", "renewed"), [(0.9, False), (0.34, False), (0.33, True), (-1.0, True)])
def test_a_certificate_is_replaced_when_a_third_of_its_life_is_left(left: float, renewed: bool) -> None:
    kept = tenant_credentials._kept([DAY], ADMIN, {DAY: kubeconfig(DAY, left=left)})
    assert (DAY not in kept) is renewed


def test_a_kept_credential_leads_to_the_cluster_of_today_and_never_holds_the_platforms() -> None:
    before = kubeconfig(DAY, left=0.9)
    kept = yaml.safe_load(tenant_credentials._kept([DAY], ADMIN, {DAY: before})[DAY])
    assert kept["clusters"][0]["cluster"]["server"] == "https://one"
    assert kept["users"][0]["user"] == yaml.safe_load(before)["users"][0]["user"]
    assert "the-platforms" not in yaml.safe_dump(kept)


@pytest.mark.parametrize("broken", [None, "", "{", "users: []", "users: [{user: {}}]", 7, {"a": 1}])
def test_what_is_no_credential_is_replaced(broken: Any) -> None:
    assert tenant_credentials._kept([DAY], ADMIN, {DAY: broken}) == {}


def test_a_credential_of_somebody_who_is_no_tenant_any_more_is_dropped() -> None:
    assert tenant_credentials._kept([DAY], ADMIN, {DUSK: kubeconfig(DUSK, left=0.9)}) == {}


def test_a_certificates_life_runs_from_one_to_nothing() -> None:
    life = datetime.timedelta(days=10)
    found = certificate(DAY, begun=datetime.timedelta(), ends=life).certificate
    start = x509.load_pem_x509_certificate(found.encode()).not_valid_before_utc
    assert share_left(found, start) == pytest.approx(1.0)
    assert share_left(found, start + life / 2) == pytest.approx(0.5)
    assert share_left(found, start + life * 2) < 0
