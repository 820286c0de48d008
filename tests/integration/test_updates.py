"""An update changes what it has to, in place, and nothing else."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Lasting


def test_a_new_image_updates_the_deployment_alone(cluster: LiveCluster, lasting: Lasting) -> None:
    before = cluster.uids(lasting.namespace)
    lasting.declare(image_tag="1.1.0")
    text = lasting.up()
    assert "1 updated" in text
    assert "created" not in text
    after = cluster.uids(lasting.namespace)
    assert after["Namespace"] == before["Namespace"]
    assert after["Deployment/day-service"] == before["Deployment/day-service"]
    deployment = cluster.apps.read_namespaced_deployment("day-service", lasting.namespace)
    assert deployment.spec.template.spec.containers[0].image.endswith("day-service:1.1.0")
    assert deployment.status.updated_replicas == deployment.status.ready_replicas >= 2


def test_a_changed_configmap_value_is_updated_in_place_and_rolls_the_pods(
    cluster: LiveCluster, lasting: Lasting
) -> None:
    config = cluster.core.read_namespaced_config_map("day-service-config", lasting.namespace)
    pods = {key for key in cluster.uids(lasting.namespace) if key.startswith("Pod/")}
    lasting.declare(log_level="debug")
    text = lasting.up()
    assert "2 updated" in text
    assert "deleted" not in text
    assert "replaced" not in text
    changed = cluster.core.read_namespaced_config_map("day-service-config", lasting.namespace)
    assert changed.metadata.uid == config.metadata.uid
    assert changed.data["LOG_LEVEL"] == "debug"
    rolled = {key for key in cluster.uids(lasting.namespace) if key.startswith("Pod/")}
    assert rolled - pods


def test_what_the_autoscaler_decided_survives_an_update(cluster: LiveCluster, lasting: Lasting) -> None:
    def replicas() -> int:
        found = cluster.apps.read_namespaced_deployment("day-service", lasting.namespace)
        return int(found.spec.replicas)

    lasting.declare(min_replicas=5, max_replicas=6)
    lasting.up()
    until(lambda: replicas() == 5, "the autoscaler's decision")
    lasting.declare(image_tag="1.2.0")
    assert "1 updated" in lasting.up()
    assert replicas() == 5


def test_a_run_leaves_no_credential_in_the_temporary_folder(checkout: Checkout, lasting: Lasting) -> None:
    before = set(checkout.temporary.iterdir())
    lasting.declare(image_tag="1.3.0")
    lasting.up()
    checkout.make("app-refresh", **lasting.named)
    assert set(checkout.temporary.iterdir()) == before
    assert checkout.left_behind == []
