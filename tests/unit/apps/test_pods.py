"""The pods of both services: restricted, watched, bounded, spread, and ended in their own time."""

from typing import Any

import pytest

from tests.unit.apps.conftest import App

CHECKSUM = "platform.internal/configuration-checksum"


def template(app: App, **settings: Any) -> dict[str, Any]:
    graph = app.run(**settings) if settings else app.deployed()
    found: dict[str, Any] = graph.one("Deployment").inputs["spec"]["template"]
    return found


def container(app: App, **settings: Any) -> dict[str, Any]:
    (found,) = template(app, **settings)["spec"]["containers"]
    return dict(found)


def test_pods_satisfy_the_restricted_standard(app: App) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted."""
    spec = template(app)["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for item in spec["containers"]:
        assert item["securityContext"]["allowPrivilegeEscalation"] is False
        assert item["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert item["securityContext"]["runAsNonRoot"] is True
    assert all(set(volume) <= {"name", "emptyDir", "configMap"} for volume in spec["volumes"])
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)


def test_pods_hold_no_more_than_they_need(app: App) -> None:
    spec = template(app)["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["serviceAccountName"] == app.name
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    (mount,) = spec["containers"][0]["volumeMounts"]
    assert spec["volumes"] == [{"name": mount["name"], "emptyDir": {"sizeLimit": "64Mi"}}]


@pytest.mark.parametrize(
    ("probe", "port"), [("startupProbe", "http"), ("readinessProbe", "http"), ("livenessProbe", 8001)]
)
def test_pods_are_watched_at_their_health_path(app: App, probe: str, port: str | int) -> None:
    found = container(app)
    assert found["ports"] == [{"name": "http", "containerPort": 8001, "protocol": "TCP"}]
    assert found[probe]["httpGet"] == {"path": "/health", "port": port, "scheme": "HTTP"}


def test_a_pod_gets_no_requests_long_before_it_is_started_anew(app: App) -> None:
    found = container(app)

    def seconds(probe: str) -> int:
        return int(found[probe]["periodSeconds"] * found[probe]["failureThreshold"])

    assert seconds("livenessProbe") >= 4 * seconds("readinessProbe")


def test_an_image_is_looked_up_at_each_start(app: App) -> None:
    assert container(app)["imagePullPolicy"] == "Always"


def test_a_slow_start_is_not_taken_for_a_hang(app: App) -> None:
    found = container(app)
    startup, liveness = found["startupProbe"], found["livenessProbe"]
    patience = startup["periodSeconds"] * startup["failureThreshold"]
    assert patience >= 2 * liveness["periodSeconds"] * liveness["failureThreshold"]


def test_resources_are_as_settings_say(app: App) -> None:
    found = container(app, cpu_request="10m", cpu_limit="20m", memory_request="30Mi", memory_limit="40Mi")
    assert found["resources"] == {
        "requests": {"cpu": "10m", "memory": "30Mi", "ephemeral-storage": "128Mi"},
        "limits": {"cpu": "20m", "memory": "40Mi", "ephemeral-storage": "256Mi"},
    }


def test_the_image_is_as_settings_say(day: App) -> None:
    found = container(day, image_registry="registry.example", image_name="other", image_tag="2.0")
    assert found["image"] == "registry.example/other:2.0"


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


def test_a_rollout_never_has_fewer_pods_than_before(app: App) -> None:
    strategy = app.deployed().one("Deployment").inputs["spec"]["strategy"]
    assert strategy["type"] == "RollingUpdate"
    assert strategy["rollingUpdate"]["maxUnavailable"] == 0


def test_a_drained_node_takes_one_pod_at_a_time(app: App) -> None:
    budget = app.deployed().one("PodDisruptionBudget").inputs["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_the_number_of_pods_is_the_autoscalers_after_the_first_deployment(app: App) -> None:
    graph = app.run(replicas=3, min_replicas=2, max_replicas=7, cpu_target=55, memory_target=66)
    deployment, scaler = graph.one("Deployment"), graph.one("HorizontalPodAutoscaler").inputs["spec"]
    assert deployment.inputs["spec"]["replicas"] == 3
    assert deployment.ignore_changes == ("spec.replicas",)
    assert scaler["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": app.name}
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 7)
    targets = {
        item["resource"]["name"]: item["resource"]["target"]["averageUtilization"]
        for item in scaler["metrics"]
    }
    assert targets == {"cpu": 55, "memory": 66}


CHANGES = [
    {"log_level": "error"},
    {"database_host": "elsewhere"},
    {"cache_ttl": 1},
    {"feature_new_ui": True},
]


def test_the_configuration_is_what_the_pods_read(day: App) -> None:
    graph = day.run(log_level="error", database_host="db", cache_ttl=5, feature_new_ui=True)
    config = graph.one("ConfigMap")
    assert config.inputs["data"] == {
        "ENVIRONMENT": "dev",
        "LOG_LEVEL": "error",
        "DATABASE_HOST": "db",
        "CACHE_TTL": "5",
        "FEATURE_NEW_UI": "true",
    }
    spec = graph.one("Deployment").inputs["spec"]["template"]["spec"]
    assert spec["containers"][0]["envFrom"] == [{"configMapRef": {"name": config.metadata["name"]}}]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_changed_configuration_rolls_the_pods(day: App, change: dict[str, Any]) -> None:
    base = {"log_level": "info", "database_host": "here", "cache_ttl": 300, "feature_new_ui": False}
    before = template(day, **base)["metadata"]["annotations"][CHECKSUM]
    after = template(day, **(base | change))["metadata"]["annotations"][CHECKSUM]
    assert before != after


def test_the_same_configuration_leaves_the_pods_alone(day: App) -> None:
    before = template(day, max_replicas=5)["metadata"]["annotations"]
    assert template(day, max_replicas=9)["metadata"]["annotations"] == before
