"""An update changes what it has to, in place, and nothing else."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_a_new_image_updates_the_deployment_alone(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="imaged", image_tag="1.0.0")
    checkout.app_up("day", environment)
    before = cluster.uids("imaged")
    declare("day", namespace="imaged", image_tag="1.1.0")
    text = checkout.app_up("day", environment)
    assert "1 updated" in text
    assert "created" not in text
    after = cluster.uids("imaged")
    assert after["Namespace"] == before["Namespace"]
    assert after["Deployment/day-service"] == before["Deployment/day-service"]
    deployment = cluster.apps.read_namespaced_deployment("day-service", "imaged")
    assert deployment.spec.template.spec.containers[0].image.endswith("day-service:1.1.0")
    assert deployment.status.updated_replicas == deployment.status.ready_replicas == 2


def test_a_changed_configmap_value_is_updated_in_place_and_rolls_the_pods(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="configured", log_level="info")
    checkout.app_up("day", environment)
    config = cluster.core.read_namespaced_config_map("day-service-config", "configured")
    pods = {key for key in cluster.uids("configured") if key.startswith("Pod/")}
    declare("day", namespace="configured", log_level="debug")
    text = checkout.app_up("day", environment)
    assert "2 updated" in text
    assert "deleted" not in text
    assert "replaced" not in text
    changed = cluster.core.read_namespaced_config_map("day-service-config", "configured")
    assert changed.metadata.uid == config.metadata.uid
    assert changed.data["LOG_LEVEL"] == "debug"
    rolled = {key for key in cluster.uids("configured") if key.startswith("Pod/")}
    assert rolled - pods


def test_what_the_autoscaler_decided_survives_an_update(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="scaled", min_replicas=3, image_tag="1.0.0")
    checkout.app_up("day", environment)
    cluster.apps.patch_namespaced_deployment_scale("day-service", "scaled", {"spec": {"replicas": 5}})
    declare("day", namespace="scaled", min_replicas=3, image_tag="1.1.0")
    checkout.app_up("day", environment)
    assert cluster.apps.read_namespaced_deployment("day-service", "scaled").spec.replicas == 5


def test_a_run_leaves_no_credential_in_the_temporary_folder(
    checkout: Checkout, declare: Declare, environment: str
) -> None:
    before = set(checkout.temporary.iterdir())
    declare("day", namespace="tidy")
    checkout.app_up("day", environment)
    checkout.make("app-refresh", SERVICE="day", ENV=environment)
    assert set(checkout.temporary.iterdir()) == before
    assert checkout.left_behind == []
