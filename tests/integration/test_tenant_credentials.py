"""A tenant's credential deploys into its own namespaces and can do nothing else."""

import base64
import datetime
import json
import shlex
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from cryptography import x509
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare, Platform

FORBIDDEN = 403


def tenant_kubeconfigs(checkout: Checkout) -> dict[str, Any]:
    """What the infrastructure stack exports, opened with its passphrase as an application's program opens it."""
    exports = checkout.make("env").text
    folder = shlex.quote(str(checkout.root / "infrastructure"))
    found = subprocess.run(
        ["bash", "-c", f"{exports}\ncd {folder} && pulumi stack output --stack dev --show-secrets --json"],
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    kubeconfigs: dict[str, str] = json.loads(found.stdout).get("tenant_kubeconfigs", {})
    return {tenant: yaml.safe_load(text) for tenant, text in kubeconfigs.items()}


def certificate(kubeconfig: dict[str, Any]) -> x509.Certificate:
    encoded = kubeconfig["users"][0]["user"]["client-certificate-data"]
    return x509.load_pem_x509_certificate(base64.b64decode(encoded))


def refuses(act: Callable[[], object]) -> str:
    with pytest.raises(ApiException) as refused:
        act()
    assert refused.value.status == FORBIDDEN
    return str(json.loads(refused.value.body or "{}")["message"])


@pytest.fixture
def tenant(environment: str) -> str:
    return f"day-service-app.{environment}"


def test_a_tenant_deploys_with_a_credential_that_reaches_no_further(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    platform: Platform,
    environment: str,
    tenant: str,
) -> None:
    settings = {"own": {"tenants": [tenant]}, "others": {"tenants": ["dusk-service-app.elsewhere"]}}
    platform(settings, tenant_credential_days=2)
    declare("day", namespace="own", create_namespace=False)
    checkout.app_up("day", environment)
    managers = {
        entry.manager
        for entry in cluster.apps.read_namespaced_deployment("day-service", "own").metadata.managed_fields
    }
    assert tenant in managers

    kubeconfig = tenant_kubeconfigs(checkout)[tenant]
    life = certificate(kubeconfig)
    assert life.not_valid_after_utc - life.not_valid_before_utc < datetime.timedelta(days=2, hours=1)
    core: Any = client.CoreV1Api(config.new_client_from_config_dict(kubeconfig))
    core.create_namespaced_config_map("own", {"metadata": {"name": "mine"}, "data": {}})
    core.delete_namespaced_config_map("mine", "own")
    for act in (
        lambda: core.create_namespaced_config_map("others", {"metadata": {"name": "mine"}}),
        lambda: core.list_namespaced_secret("own"),
        core.list_namespace,
        lambda: core.patch_namespace("own", {"metadata": {"labels": {"name": "stolen"}}}),
        lambda: core.patch_namespaced_resource_quota(
            "platform-quota", "own", {"spec": {"hard": {"pods": "500"}}}
        ),
        lambda: core.connect_get_namespaced_pod_exec("any", "own", command=["id"]),
    ):
        assert tenant in refuses(act)


def test_a_tenant_deploys_with_its_own_credential_beside_the_application_that_manages_isolation(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    platform: Platform,
    environment: str,
    tenant: str,
) -> None:
    guest = f"dusk-service-app.{environment}"
    platform(
        {"left": {"tenants": [tenant, guest], "governed_by": "application"}},
        tenant_credential_days=2,
    )
    declare("day", namespace="left", create_namespace=False, governed_by="application")
    checkout.app_up("day", environment)
    declare("dusk", namespace="left", create_namespace=False)
    checkout.app_up("dusk", environment)
    assert cluster.apps.read_namespaced_deployment("dusk-service", "left").status.ready_replicas
    assert "unchanged" in checkout.app_up("dusk", environment)
    core = client.CoreV1Api(config.new_client_from_config_dict(tenant_kubeconfigs(checkout)[guest]))
    assert guest in refuses(lambda: core.list_namespaced_secret("left"))


def test_a_credential_lasts_from_one_deployment_to_the_next_and_ends_with_the_tenancy(
    checkout: Checkout, platform: Platform, tenant: str
) -> None:
    platform({"own": {"tenants": [tenant]}}, tenant_credential_days=2)
    before = tenant_kubeconfigs(checkout)[tenant]
    platform({"own": {"tenants": [tenant]}, "further": {}}, tenant_credential_days=2)
    assert tenant_kubeconfigs(checkout)[tenant] == before

    platform({"own": {"tenants": ["dusk-service-app.elsewhere"]}}, tenant_credential_days=2)
    assert set(tenant_kubeconfigs(checkout)) == {"dusk-service-app.elsewhere"}
    core = client.CoreV1Api(config.new_client_from_config_dict(before))
    refuses(lambda: core.list_namespaced_config_map("own"))


def test_a_namespace_moves_to_infrastructure_and_back_whichever_credential_its_application_has(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    platform: Platform,
    environment: str,
    tenant: str,
) -> None:
    declare("day", namespace="moving")
    checkout.app_up("day", environment)
    before = cluster.uids("moving")
    platform(
        {"moving": {"tenants": [tenant], "adopt_from": tenant}},
        tenant_credential_days=2,
    )
    checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    assert checkout.app_up("day", environment).rstrip().endswith("8 unchanged.")
    assert cluster.owner("moving") == "service-infrastructure.dev"
    checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="application")
    assert cluster.owner("moving") == tenant
    assert cluster.uids("moving") == before
