"""Credentials for tenants: a kubeconfig each, whose client certificate the cluster itself signs for a limited time."""

import base64
import datetime
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.errors import Refusal
from shared.kube.client import ClusterApi, cluster_api
from shared.kube.kubeconfig import access_of, kubeconfig

_RENEWED_AT = 1 / 3
"""The share of its life at which a certificate is replaced."""

_REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
_SIGNER = "kubernetes.io/kube-apiserver-client"
"""Source: https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers"""

_SIGNING_SECONDS = 30.0
_PAUSE_SECONDS = 0.1


User = Mapping[str, str]
"""A kubeconfig's user: a client certificate and its key, both as PEM in base64."""

Issue = Callable[[list[str]], Mapping[str, User]]
"""Has new certificates signed for some users."""


def tenant_kubeconfigs(
    tenants: Iterable[str], admin: str, before: Any, issue: Issue | None, now: datetime.datetime
) -> dict[str, str] | None:
    """The kubeconfigs of the tenants, by their names as owners: the last ones, or new ones if these are due.

    Args:
        admin: the cluster's kubeconfig of one context, for its address and its certificate authority.
        before: what the stack exported last.
        issue: None in a preview, which changes nothing; nor does it know them where some have to be signed (None).
    """
    last = before if isinstance(before, Mapping) else {}
    found = {tenant: _user(last.get(tenant), now) for tenant in tenants}
    due = [tenant for tenant, user in found.items() if user is None]
    if due and issue is None:
        return None
    issued = issue(due) if due and issue else {}
    # The server's address and CA are the current ones, whenever the certificate was issued.
    return {
        tenant: kubeconfig(tenant, access_of(admin).cluster, user or issued[tenant])
        for tenant, user in found.items()
    }


def issue_certificates(kubeconfig: str, lifetime: datetime.timedelta, tenants: list[str]) -> dict[str, User]:
    """Have the cluster sign a new key for each tenant, who is in no group other than those of every authenticated user.

    The kubeconfig has the right to approve. The cluster may shorten the lifetime; Refusal where it does not sign.
    """
    issued: dict[str, User] = {}
    with cluster_api(kubeconfig) as api:
        for tenant in tenants:
            key = ec.generate_private_key(ec.SECP256R1())
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, tenant)])
            request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
            private = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            certificate = _signed(api, tenant, request.public_bytes(serialization.Encoding.PEM), lifetime)
            encoded = base64.b64encode(private).decode()
            issued[tenant] = {"client-certificate-data": certificate, "client-key-data": encoded}
    return issued


def _user(exported: Any, now: datetime.datetime) -> User | None:
    """The user of a tenant's last kubeconfig; None where its certificate is due, or cannot be read."""
    try:
        user = access_of(str(exported)).user
        base64.b64decode(user["client-key-data"])
        found = x509.load_pem_x509_certificate(base64.b64decode(user["client-certificate-data"]))
    except (Refusal, KeyError, TypeError, ValueError):
        return None
    begun, ends = found.not_valid_before_utc, found.not_valid_after_utc
    return user if (ends - now) / (ends - begun) > _RENEWED_AT else None


def _signed(api: ClusterApi, user: str, request: bytes, lifetime: datetime.timedelta) -> str:
    """The certificate that the cluster signs, as PEM in base64."""
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
        deadline = time.monotonic() + _SIGNING_SECONDS
        while time.monotonic() < deadline:
            status = (api.get(f"{_REQUESTS}/{name}") or {}).get("status") or {}
            if status.get("certificate"):
                return str(status["certificate"])
            if any(condition["type"] == "Failed" for condition in status.get("conditions", [])):
                break
            time.sleep(_PAUSE_SECONDS)
    finally:
        # Signed or not, the request is no longer needed.
        api.delete(f"{_REQUESTS}/{name}", uid=str(created["metadata"]["uid"]))
    raise Refusal(
        f"The cluster does not sign a client certificate for {user}.",
        f"Its controller manager needs a signer for {_SIGNER}; a local cluster gets one when it is restarted "
        "(make cluster-down, make cluster-up). Without a signer, remove tenant_credential_days.",
    )
