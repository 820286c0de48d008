"""Applications are served: every Ingress gets its load balancer, and a service is taken down with its namespace."""

import json
from collections.abc import Iterator

import pytest

from tests.cluster import until
from tests.eks.production import Emulator, Platform

AUDIT = """
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="eu-central-1", skip_metadata_api_check=True)
audit = aws.cloudwatch.LogGroup("audit", name="/day/audit", opts=pulumi.ResourceOptions(provider=provider))
pulumi.export("audit", audit.name)
"""
GATE = "elbv2.k8s.aws/pod-readiness-gate-inject"


@pytest.fixture(scope="module")
def applications(platform: Platform) -> Iterator[Platform]:
    """Both services, deployed to production."""
    platform.make("apps-up", ENV="production")
    yield platform
    platform.make("app-down", SERVICE="dusk", ENV="production", DELETE_NAMESPACE="dusk-service-production")


def test_every_ingress_gets_a_load_balancer(applications: Platform, emulator: Emulator) -> None:
    networking = emulator.cluster().networking
    until(
        lambda: all(
            item.status.load_balancer.ingress for item in networking.list_ingress_for_all_namespaces().items
        ),
        "an address for each Ingress",
    )
    assert len(networking.list_ingress_for_all_namespaces().items) == 2


def test_a_rolling_update_waits_for_its_load_balancer(applications: Platform, emulator: Emulator) -> None:
    cluster = emulator.cluster()
    for namespace in ("production", "dusk-service-production", "reports"):
        assert cluster.namespace(namespace).metadata.labels[GATE] == "enabled"
    pod = cluster.apps.read_namespaced_deployment("day-service", "production").spec.template.spec
    drain = pod.containers[0].lifecycle.pre_stop.sleep.seconds
    ingress = cluster.networking.read_namespaced_ingress("day-service", "production")
    attributes = ingress.metadata.annotations["alb.ingress.kubernetes.io/target-group-attributes"]
    assert drain > int(attributes.rpartition("=")[2])
    assert pod.termination_grace_period_seconds > drain


def test_what_a_cloud_keeps_stands_beside_a_service_in_its_program(applications: Platform) -> None:
    program = applications.root / "apps/day/__main__.py"
    program.write_text(program.read_text() + AUDIT)
    assert "create LogGroup/" in applications.app_up("day", "production")
    outputs = json.loads(applications.make("app-outputs", SERVICE="day", ENV="production").text)
    assert outputs["audit"] == "/day/audit"


def test_a_second_run_of_an_application_changes_nothing(applications: Platform) -> None:
    assert "nothing" in applications.app_up("day", "production") or "unchanged" in applications.app_up(
        "day", "production"
    )


def test_a_service_is_taken_down_with_its_namespace_though_the_controller_left_objects_in_it(
    applications: Platform, emulator: Emulator
) -> None:
    applications.make("app-down", SERVICE="day", ENV="production", DELETE_NAMESPACE="production")
    assert not emulator.cluster().exists("production")
