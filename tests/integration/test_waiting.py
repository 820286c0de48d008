"""A wait says what the cluster says, and ends where time does not help; what cannot be listed stops no other verb."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pulumi
import pytest
import yaml

from infrastructure.eks import access
from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Declare

FINALIZER = "example.com/cleanup"


def test_a_quota_of_others_is_told_with_its_numbers_before_anything_changes(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="theirs")
    checkout.app_up("day", environment)
    body = {"metadata": {"name": "theirs"}, "spec": {"hard": {"count/pods": "2"}}}
    cluster.core.create_namespaced_resource_quota("theirs", body)
    declare("day", namespace="theirs", image_tag="2.0.0")
    told = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert re.search(r"pods: day-service \d+ = \d+, the quota has 2", told)
    assert "the ResourceQuota theirs, which is not this platform's" in told


def test_a_rollout_that_cannot_succeed_is_told_and_ends(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="hopeless")
    checkout.app_up("day", environment)
    # What nobody adds up beforehand.
    body = {"metadata": {"name": "theirs"}, "spec": {"hard": {"requests.ephemeral-storage": "1Mi"}}}
    cluster.core.create_namespaced_resource_quota("hopeless", body)
    until(lambda: cluster.core.read_namespaced_resource_quota("theirs", "hopeless").status.used, "the quota")
    declare("day", namespace="hopeless", image_tag="2.0.0")
    process = checkout.start("app-up", SERVICE="day", ENV=environment)
    assert process.stdout
    assert any(": update ..." in line for line in process.stdout)
    begun, lines = time.monotonic(), list[str]()
    for line in process.stdout:
        lines.append(line)
        if "exceeded quota: theirs" in line:
            break
    told = lines[-1]
    assert "exceeded quota: theirs" in told, lines
    assert time.monotonic() - begun < 60
    assert "Deployment/day-service" in told
    rest, _ = process.communicate()
    assert time.monotonic() - begun < 240
    assert "Deployment/day-service cannot become ready: pods" in rest
    assert "Error 1" in rest
    assert "Traceback" not in rest
    # The pods from before serve on, and the run after that goes on.
    ready = cluster.apps.read_namespaced_deployment("day-service", "hopeless").status.ready_replicas
    assert ready == 2
    cluster.core.delete_namespaced_resource_quota("theirs", "hopeless")
    checkout.app_up("day", environment)


def test_taking_down_tells_the_finalizer_that_it_waits_for_and_who_set_it(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="held")
    checkout.app_up("day", environment)
    body = {"metadata": {"finalizers": [FINALIZER]}}
    cluster.core.patch_namespaced_service("day-service", "held", body, field_manager="cleaner")
    process = checkout.start("app-down", SERVICE="day", ENV=environment)
    assert process.stdout
    told = next(line for line in process.stdout if FINALIZER in line)
    assert "Service/day-service: is being deleted, and waits until its finalizers are removed" in told
    assert f"{FINALIZER} (set by cleaner)" in told
    cluster.core.patch_namespaced_service("day-service", "held", {"metadata": {"finalizers": None}})
    process.communicate()
    assert process.returncode == 0


@contextmanager
def dead_api(cluster: LiveCluster) -> Iterator[None]:
    """An aggregated API whose service no longer exists."""
    name = "v1.dead.example.com"
    spec = {
        "group": "dead.example.com",
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"name": "gone", "namespace": "default"},
    }
    cluster.registration.create_api_service({"metadata": {"name": name}, "spec": spec})
    try:
        yield
    finally:
        cluster.registration.delete_api_service(name)


def test_a_dead_aggregated_api_stops_the_deletion_of_a_namespace_and_nothing_else(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="listed")
    checkout.app_up("day", environment)
    service = {"SERVICE": "day", "ENV": environment}
    with dead_api(cluster):
        until(lambda: "not listed" in checkout.make("namespace-move", TO="application", **service).text, "it")
        declare("day", namespace="listed", image_tag="2.0.0")
        checkout.app_up("day", environment)
        refused = checkout.refused("app-down", DELETE_NAMESPACE="listed", **service)
        assert "it is not known what is in it" in refused
        assert "dead.example.com" in refused
        assert "kubectl get apiservices" in refused
        down = checkout.make("app-down", **service).text
        assert "not listed: /apis/dead.example.com/v1" in down
        assert "8 deleted" in down or "7 deleted" in down
    assert cluster.exists("listed")


def test_access_that_never_comes_ends_with_what_the_api_server_says_and_what_to_check(
    cluster: LiveCluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(access, "_ACCESS_SECONDS", 1.0)
    monkeypatch.setattr(access, "_PAUSE_SECONDS", 0.3)
    document = yaml.safe_load(cluster.kubeconfig.read_text())
    document["users"][0]["user"] = {"token": "of-nobody"}
    with pytest.raises(pulumi.RunError) as failed:
        asyncio.run(access.await_access(json.dumps(document)))
    assert "did not let its deployer in" in str(failed.value)
    assert "does not accept the credential" in str(failed.value)
    assert "eks.public_access_cidrs" in str(failed.value)
    assert "Nothing was changed" not in str(failed.value)
    assert "Waiting for access to the cluster (0 s)" in capsys.readouterr().err
