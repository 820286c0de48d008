"""An application with everything that it may consist of: all of it has one owner, moves along, and is taken down."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from kubernetes.dynamic import DynamicClient

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Declare

OWNER = "platform.internal/owner"
PASSWORD = "correct-horse-battery"  # noqa: S105 - searched for where it must not be
SETTINGS = """
from pydantic import SecretStr

from shared.config.application import ApplicationSettings


class Settings(ApplicationSettings):
    database_password: SecretStr
    migrates: bool = True
"""
PROGRAM = """
import pulumi_kubernetes as kubernetes

from apps.whole.settings import Settings
from shared.components.application import Application

app = Application("whole-service", Settings)
secrets = {"PASSWORD": app.config.database_password}
app.migration(
    command=["migrate"],
    secrets=secrets,
    time_limit=300 if app.config.migrates else 4,
    node_selector={} if app.config.migrates else {"no": "such-node"},
)
app.web_service(secrets=secrets)
app.worker("mails", replicas=1, secrets=secrets)
app.cron_job("report", schedule="0 3 * * *", secrets=secrets)
kubernetes.core.v1.PersistentVolumeClaim(
    "data",
    metadata={"name": "data", "annotations": {"pulumi.com/skipAwait": "true"}},
    spec={
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "manual",
        "resources": {"requests": {"storage": "1Gi"}},
    },
    opts=app.options(),
)
labels = {"app": "cache"}
kubernetes.apps.v1.StatefulSet(
    "cache",
    metadata={"name": "cache"},
    spec={
        "serviceName": "cache",
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": 1,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [
                    {
                        "name": "cache",
                        "image": "cache:1",
                        "securityContext": {
                            "allowPrivilegeEscalation": False,
                            "capabilities": {"drop": ["ALL"]},
                        },
                        "volumeMounts": [{"name": "kept", "mountPath": "/kept"}],
                    }
                ],
            },
        },
        "volumeClaimTemplates": [
            {
                "metadata": {"name": "kept"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "manual",
                    "resources": {"requests": {"storage": "1Gi"}},
                },
            }
        ],
    },
    opts=app.options(),
)
kubernetes.apiextensions.CustomResource(
    "board",
    api_version="tests.internal/v1",
    kind="Dashboard",
    metadata={"name": "board"},
    opts=app.options(),
)
kubernetes.helm.v4.Chart("extra", chart="./chart", opts=app.options())
"""
KINDS = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "CronJob": "batch/v1",
    "Job": "batch/v1",
    "Secret": "v1",
    "ConfigMap": "v1",
    "Service": "v1",
    "ServiceAccount": "v1",
    "PersistentVolumeClaim": "v1",
    "Ingress": "networking.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
    "Dashboard": "tests.internal/v1",
}
NOT_DECLARED = {"ConfigMap/kube-root-ca.crt", "ServiceAccount/default", "PersistentVolumeClaim/kept-cache-0"}


def items(cluster: LiveCluster, kind: str, namespace: str) -> list[dict[str, Any]]:
    found: Any = DynamicClient(cluster.core.api_client).resources.get(api_version=KINDS[kind], kind=kind)
    return list(found.get(namespace=namespace).to_dict()["items"])


def declared(cluster: LiveCluster, namespace: str) -> dict[str, dict[str, Any]]:
    """The metadata of what the stack declares in a namespace, by `Kind/name`."""
    found = {
        f"{kind}/{item['metadata']['name']}": item["metadata"]
        for kind in KINDS
        for item in items(cluster, kind, namespace)
        if not item["metadata"].get("ownerReferences")
    }
    return {name: metadata for name, metadata in found.items() if name not in NOT_DECLARED}


def image(cluster: LiveCluster) -> str:
    deployment = cluster.apps.read_namespaced_deployment("whole-service", "whole")
    return str(deployment.spec.template.spec.containers[0].image)


@pytest.fixture(scope="module")
def _kinds(cluster: LiveCluster) -> Iterator[None]:
    """A custom kind, as a platform team provides it."""
    extensions: Any = client.ApiextensionsV1Api(cluster.core.api_client)
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    extensions.create_custom_resource_definition(
        {
            "metadata": {"name": "dashboards.tests.internal"},
            "spec": {
                "group": "tests.internal",
                "scope": "Namespaced",
                "names": {"plural": "dashboards", "singular": "dashboard", "kind": "Dashboard"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
            },
        }
    )
    yield
    extensions.delete_custom_resource_definition("dashboards.tests.internal")


@pytest.fixture
def _volumes(cluster: LiveCluster) -> Iterator[None]:
    """Two volumes, which nothing provisions on a cluster without storage."""
    for number in range(2):
        cluster.core.create_persistent_volume(
            {
                "metadata": {"name": f"whole-{number}"},
                "spec": {
                    "capacity": {"storage": "1Gi"},
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "manual",
                    "hostPath": {"path": f"/whole-{number}"},
                },
            }
        )
    yield
    for number in range(2):
        cluster.core.delete_persistent_volume(f"whole-{number}")
    until(lambda: not cluster.core.list_persistent_volume().items, "the volumes gone")


@pytest.fixture
def program(checkout: Checkout) -> Iterator[Path]:
    """The program of a service that has everything, and what it uses beside it."""
    checkout.make("new-app", NAME="whole")
    folder = checkout.root / "apps/whole"
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "settings.py").write_text(SETTINGS)
    (folder / "chart/templates").mkdir(parents=True)
    (folder / "chart/Chart.yaml").write_text("apiVersion: v2\nname: extra\nversion: 1.0.0\n")
    (folder / "chart/templates/map.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {by: a chart}\n"
    )
    yield folder / "__main__.py"
    shutil.rmtree(folder)


@pytest.fixture
def service(
    checkout: Checkout, program: Path, _kinds: None, _volumes: None, declare: Declare, environment: str
) -> str:
    """That service; its password is encrypted in its settings."""
    declare("whole", namespace="whole", max_replicas=3)
    checkout.by_hand(
        f"pulumi -C apps/whole stack init {environment} --no-select\n"
        f"echo {PASSWORD} | pulumi -C apps/whole config set --secret database_password --stack {environment}"
    )
    return "whole"


def test_an_application_deploys_moves_and_takes_down_all_that_it_declares(
    checkout: Checkout, cluster: LiveCluster, service: str, environment: str, infrastructure_settings: None
) -> None:
    owner = f"whole-service-app.{environment}"
    named = {"SERVICE": service, "ENV": environment}
    shown = checkout.make("app-preview", **named).text
    shown += checkout.app_up(service, environment)
    before = declared(cluster, "whole")
    assert {name.split("/")[0] for name in before} == set(KINDS)
    assert {metadata["labels"].get(OWNER) for metadata in before.values()} == {owner}
    assert "updated" not in checkout.app_up(service, environment)

    shown += checkout.make("settings", **named).text + checkout.make("namespace-status", **named).text
    shown += checkout.make("map", ENV="dev", OUT=".local/map.html").text
    shown += (checkout.root / ".local/map.html").read_text()
    plain = (PASSWORD.encode(), base64.b64encode(PASSWORD.encode()))
    assert not any(form in shown.encode() for form in plain)
    kept = [
        file for file in (checkout.root / ".local").rglob("*") if file.is_file() and not file.is_symlink()
    ]
    assert [
        file
        for file in kept
        if "cluster" not in file.parts and any(form in file.read_bytes() for form in plain)
    ] == []

    by_hand = checkout.by_hand(
        f"pulumi -C apps/whole preview --stack {environment} --json --expect-no-changes"
    )
    assert not any(form in by_hand.encode() for form in plain)

    moved = checkout.make("namespace-move", **named, TO="infrastructure").text
    assert f"the same {len(before)} objects" in moved or "Same UID" in moved
    checkout.make("namespace-move", **named, TO="application")
    after = declared(cluster, "whole")
    assert {name: metadata["uid"] for name, metadata in after.items()} == {
        name: metadata["uid"] for name, metadata in before.items()
    }

    told = checkout.make("app-down", **named).text
    assert "PersistentVolumeClaim/data in whole is kept" in told
    until(
        lambda: set(declared(cluster, "whole")) == {"PersistentVolumeClaim/data"}, "all but the volume gone"
    )
    checkout.make("app-down", **named, ALLOW="PersistentVolumeClaim/data")
    until(lambda: not declared(cluster, "whole"), "the volume gone too")


def test_a_migration_that_fails_stops_the_run_until_it_is_mended_and_a_changed_password_rolls_the_pods(
    checkout: Checkout, cluster: LiveCluster, service: str, environment: str
) -> None:
    named = {"SERVICE": service, "ENV": environment}
    checkout.app_up(service, environment)
    pods = {name: uid for name, uid in cluster.uids("whole").items() if "whole-service" in name}
    change = f"pulumi -C apps/whole config set --stack {environment}"
    checkout.by_hand(f"{change} migrates false && {change} image_tag two")
    told = checkout.make("app-up", code=2, **named).text
    assert "Error 1" in told.splitlines()[-1]
    assert "a job failed, and what is declared after it stays as it was" in told
    assert "DeadlineExceeded" in told
    assert pods.items() <= cluster.uids("whole").items()
    assert image(cluster).endswith(":latest")

    checkout.by_hand(f"{change} migrates true")
    checkout.app_up(service, environment)
    assert image(cluster).endswith(":two")
    (job,) = items(cluster, "Job", "whole")
    assert job["status"]["succeeded"] == 1

    before = cluster.apps.read_namespaced_deployment("whole-service", "whole").metadata.generation
    checkout.by_hand(
        f"echo another | pulumi -C apps/whole config set --secret database_password --stack {environment}"
    )
    checkout.app_up(service, environment)
    assert cluster.apps.read_namespaced_deployment("whole-service", "whole").metadata.generation == before + 1


def test_a_workload_that_does_not_fit_is_refused_before_anything_is_there(
    checkout: Checkout, cluster: LiveCluster, program: Path, service: str, environment: str
) -> None:
    program.write_text(program.read_text() + "app.worker('many', replicas=500)\n")
    assert "whole-service-many" in checkout.refused("app-up", SERVICE=service, ENV=environment)
    assert not cluster.exists("whole")


def test_a_password_in_plain_text_is_refused_with_the_command_that_encrypts_it(
    checkout: Checkout, declare: Declare, environment: str
) -> None:
    declare("day", namespace="plain", database_password=PASSWORD)
    told = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "config set --secret database_password" in told
    assert PASSWORD not in told
