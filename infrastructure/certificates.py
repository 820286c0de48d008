"""Client certificates that the cluster itself signs, for a limited time."""

import base64
import datetime
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from shared.cluster.api import ClusterApi, Json
from shared.refusal import Refusal

_REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
_SIGNER = "kubernetes.io/kube-apiserver-client"
"""Source: https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers"""

_SIGNING_SECONDS = 30.0
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class ClientCertificate:
    """A client certificate with its key, as PEM.

    Args:
        certificate: the certificate.
        key: its private key.
    """

    certificate: str
    key: str = field(repr=False)


def issue(api: ClusterApi, user: str, lifetime: datetime.timedelta) -> ClientCertificate:
    """Have the cluster sign a new key for a user.

    Args:
        api: the cluster's API, with the right to approve.
        user: the user's name; it is in no group but those of every authenticated user.
        lifetime: how long the certificate is valid; the cluster may shorten it.

    Raises:
        Refusal: the cluster refuses, or has no signer that works.
    """
    # Only a run that issues something pays for it.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    certificate = _signed(api, user, request.public_bytes(serialization.Encoding.PEM), lifetime)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return ClientCertificate(certificate, private.decode())


def share_left(certificate: str, now: datetime.datetime) -> float:
    """How much of a certificate's life is left: 1 for a new one, 0 or less for one that has ended.

    Args:
        certificate: the certificate, as PEM.
        now: the time, with its zone.

    Raises:
        ValueError: it is no certificate.
    """
    from cryptography import x509  # noqa: PLC0415

    found = x509.load_pem_x509_certificate(certificate.encode())
    begun, ends = found.not_valid_before_utc, found.not_valid_after_utc
    return (ends - now) / (ends - begun)


def _signed(api: ClusterApi, user: str, request: bytes, lifetime: datetime.timedelta) -> str:
    name = f"platform-tenant-{uuid.uuid4()}"
    created = api.create(
        _REQUESTS,
        {
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"name": name},
            "spec": {
                "request": base64.b64encode(request).decode(),
                "signerName": _SIGNER,
                "usages": ["client auth"],
                "expirationSeconds": int(lifetime.total_seconds()),
            },
        },
    )
    try:
        approved = {"type": "Approved", "status": "True", "reason": "Tenant", "message": f"for {user}"}
        api.merge(f"{_REQUESTS}/{name}/approval", {"status": {"conditions": [approved]}})
        return _wait(api, name, user)
    finally:
        # The certificate is in hand, or never comes; the request is of no more use.
        api.delete(f"{_REQUESTS}/{name}", uid=str(created["metadata"]["uid"]))


def _wait(api: ClusterApi, name: str, user: str) -> str:
    deadline = time.monotonic() + _SIGNING_SECONDS
    while time.monotonic() < deadline:
        status = _status(api.get(f"{_REQUESTS}/{name}"))
        if status.get("certificate"):
            return base64.b64decode(status["certificate"]).decode()
        if any(condition["type"] == "Failed" for condition in status.get("conditions", [])):
            break
        time.sleep(_PAUSE_SECONDS)
    raise Refusal(
        f"The cluster does not sign a client certificate for {user}.",
        f"Its controller manager needs a signer for {_SIGNER}; a local cluster has one from its next start on "
        "(make cluster-down, make cluster-up). Without one, remove tenant_credential_days.",
    )


def _status(request: Json | None) -> dict[str, Any]:
    return dict((request or {}).get("status") or {})
