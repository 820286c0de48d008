"""Credentials for tenants: a kubeconfig each, with the deploy role in its own namespaces and nothing else."""

import base64
import binascii
import datetime
from collections.abc import Mapping
from typing import Any

import pulumi
import yaml

from infrastructure.certificates import ClientCertificate, issue, share_left
from infrastructure.settings import InfrastructureSettings
from shared.cluster.api import cluster_api
from shared.cluster.live import mocked
from shared.held import HeldState

OUTPUT = "tenant_kubeconfigs"
"""The export that holds them, by tenant."""

_RENEWED_AT = 1 / 3
"""The share of its life at which a certificate is replaced."""


def credential_tenants(settings: InfrastructureSettings) -> list[str]:
    """The stacks that get a credential of their own: every tenant that is named, where the settings ask for it."""
    if not settings.tenant_credential_days:
        return []
    return sorted({tenant for own in settings.namespaces.values() for tenant in own.tenants})


def tenant_kubeconfigs(
    settings: InfrastructureSettings, kubeconfig: str, held: HeldState
) -> pulumi.Output[dict[str, str]]:
    """The kubeconfigs of the tenants: those of the last update as long as they last, and new ones by then.

    A preview issues nothing; what an update would issue is unknown in it.

    Args:
        settings: the stack's settings.
        kubeconfig: the admin kubeconfig of a cluster that is there, as YAML of one context.
        held: the stack's own state.

    Raises:
        Refusal: the cluster does not sign.
    """
    tenants = credential_tenants(settings)
    before = held.outputs.get(OUTPUT)
    kept = _kept(tenants, kubeconfig, before if isinstance(before, Mapping) else {})
    due = [tenant for tenant in tenants if tenant not in kept]
    if not due:
        return pulumi.Output.secret(kept)
    if pulumi.runtime.is_dry_run() or mocked():
        return _unknown()
    lifetime = datetime.timedelta(days=settings.tenant_credential_days)
    with cluster_api(kubeconfig) as api:
        issued = {tenant: _kubeconfig(kubeconfig, tenant, issue(api, tenant, lifetime)) for tenant in due}
    return pulumi.Output.secret({**kept, **issued})


def _kept(tenants: list[str], kubeconfig: str, before: Mapping[str, Any]) -> dict[str, str]:
    now = datetime.datetime.now(datetime.UTC)
    kept: dict[str, str] = {}
    for tenant in tenants:
        certificate = _certificate(before.get(tenant))
        if certificate and share_left(certificate.certificate, now) > _RENEWED_AT:
            # The server's address and CA are those of today, whenever the certificate was issued.
            kept[tenant] = _kubeconfig(kubeconfig, tenant, certificate)
    return kept


def _certificate(kubeconfig: Any) -> ClientCertificate | None:
    """The certificate in a tenant's kubeconfig; None where there is none that can be read."""
    try:
        user = yaml.safe_load(kubeconfig)["users"][0]["user"]
        certificate, key = (
            base64.b64decode(user[name]).decode() for name in ("client-certificate-data", "client-key-data")
        )
        share_left(certificate, datetime.datetime.now(datetime.UTC))
    except (yaml.YAMLError, KeyError, IndexError, TypeError, AttributeError, ValueError, binascii.Error):
        return None
    return ClientCertificate(certificate, key)


def _kubeconfig(admin: str, tenant: str, certificate: ClientCertificate) -> str:
    cluster = yaml.safe_load(admin)["clusters"][0]
    user = {
        "client-certificate-data": base64.b64encode(certificate.certificate.encode()).decode(),
        "client-key-data": base64.b64encode(certificate.key.encode()).decode(),
    }
    context = {"cluster": cluster["name"], "user": tenant}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [cluster],
            "users": [{"name": tenant, "user": user}],
            "contexts": [{"name": tenant, "context": context}],
            "current-context": tenant,
        }
    )


def _unknown() -> pulumi.Output[dict[str, str]]:
    unknown: pulumi.Output[Any] = pulumi.Output.from_input(pulumi.UNKNOWN)
    return pulumi.Output.secret(unknown)
