"""The pods of both services: bounded, spread, rolled and ended in their own time."""

from typing import Any

import pytest

from tests.unit.apps.conftest import App


def template(app: App, **settings: Any) -> dict[str, Any]:
    graph = app.run(**settings) if settings else app.deployed()
    found: dict[str, Any] = graph.one("Deployment").inputs["spec"]["template"]
    return found


def container(app: App, **settings: Any) -> dict[str, Any]:
    (found,) = template(app, **settings)["spec"]["containers"]
    return dict(found)


def test_a_pod_has_twice_the_time_to_start_and_is_out_of_service_long_before_it_is_started_anew(
    app: App,
) -> None:
    found = container(app)
    startup, readiness, liveness = (
        found[probe]["periodSeconds"] * found[probe]["failureThreshold"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe")
    )
    assert startup >= 2 * liveness
    assert liveness >= 4 * readiness


def test_resources_are_as_settings_say(app: App) -> None:
    found = container(app, cpu_request="10m", cpu_limit="20m", memory_request="30Mi", memory_limit="40Mi")
    assert found["resources"] == {
        "requests": {"cpu": "10m", "memory": "30Mi", "ephemeral-storage": "128Mi"},
        "limits": {"cpu": "20m", "memory": "40Mi", "ephemeral-storage": "256Mi"},
    }


def test_pods_are_spread_over_zones_and_nodes(app: App) -> None:
    constraints = template(app)["spec"]["topologySpreadConstraints"]
    assert {item["topologyKey"] for item in constraints} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    for item in constraints:
        assert item["maxSkew"] == 1
        assert item["labelSelector"]["matchLabels"]["app"] == app.name
        assert item["matchLabelKeys"] == ["pod-template-hash"]


def test_a_pod_is_drained_before_it_ends(app: App) -> None:
    spec = template(app)["spec"]
    drain = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < drain < spec["terminationGracePeriodSeconds"]


def test_neither_a_rollout_nor_a_drained_node_takes_more_than_one_pod_away(app: App) -> None:
    graph = app.deployed()
    assert graph.one("Deployment").inputs["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    budget = graph.one("PodDisruptionBudget").inputs["spec"]
    assert (budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


def test_the_autoscaler_has_the_bounds_and_targets_of_the_settings(app: App) -> None:
    graph = app.run(min_replicas=2, max_replicas=7, cpu_target=55, memory_target=66)
    scaler = graph.one("HorizontalPodAutoscaler").inputs["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 7)
    resources = [item["resource"] for item in scaler["metrics"]]
    targets = {item["name"]: item["target"]["averageUtilization"] for item in resources}
    assert targets == {"cpu": 55, "memory": 66}


@pytest.mark.parametrize(
    ("change", "rolls"),
    [({"cache_ttl": 1}, True), ({"feature_new_ui": True}, True), ({"max_replicas": 9}, False)],
)
def test_a_changed_configuration_rolls_the_pods_and_nothing_else_does(
    day: App, change: dict[str, Any], rolls: bool
) -> None:
    base = {"cache_ttl": 300, "feature_new_ui": False, "max_replicas": 5}
    before, after = template(day, **base), template(day, **{**base, **change})
    assert (before["metadata"]["annotations"] != after["metadata"]["annotations"]) is rolls
