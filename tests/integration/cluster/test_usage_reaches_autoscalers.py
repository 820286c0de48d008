"""An autoscaler sees CPU and memory: a fraction of the requests, or what a pod's annotations say.

This file runs last on purpose: the metrics server has its figures about a minute after the start, and the
other tests fill that minute.
"""

from kubernetes import client

from operations.local.local import LocalCluster
from tests.integration.cluster.conftest import api, until


def test_an_autoscaler_sees_a_fraction_of_the_requests(running: LocalCluster) -> None:
    scaling = api(running, client.AutoscalingV2Api)

    def seen() -> dict[str, int]:
        status = scaling.read_namespaced_horizontal_pod_autoscaler("calm", "default").status
        # One that is unknown yet is an entry without a resource.
        resources = [metric.resource for metric in status.current_metrics or () if metric.resource]
        found = {resource.name: resource.current for resource in resources}
        return found if set(found) == {"cpu", "memory"} else {}

    current = until(seen, seconds=120)
    assert current["cpu"].average_utilization in range(25, 36)
    assert current["memory"].average_utilization in range(35, 46)


def test_nodes_without_pods_have_figures(disturbed: LocalCluster) -> None:
    for deployed in api(disturbed, client.AppsV1Api).list_namespaced_deployment("default").items:
        api(disturbed, client.AppsV1Api).delete_namespaced_deployment(deployed.metadata.name, "default")
    until(lambda: disturbed.status().metrics_ready, seconds=120)


def test_an_annotated_pod_scales_its_deployment(running: LocalCluster) -> None:
    apps = api(running, client.AppsV1Api)
    until(lambda: apps.read_namespaced_deployment("busy", "default").spec.replicas == 3, seconds=120)
    assert running.status().metrics_ready
