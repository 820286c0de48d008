"""A renamed namespace is refused unless the old one is named, and then nothing goes before the new one serves."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_a_changed_namespace_is_refused_unless_the_old_one_is_named(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="old-name")
    checkout.app_up("day", environment)
    before = cluster.uids("old-name")
    declare("day", namespace="new-name")
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "objects in the namespace 'old-name'" in text
    assert "ALLOW=Namespace/old-name" in text
    assert cluster.uids("old-name") == before
    assert not cluster.exists("new-name")

    moved = checkout.app_up("day", environment, ALLOW="Namespace/old-name")
    assert cluster.apps.read_namespaced_deployment("day-service", "new-name").status.ready_replicas == 2
    assert cluster.namespace("old-name").metadata.uid == before["Namespace"]
    assert "Deployment/day-service" not in cluster.uids("old-name")
    served = moved.index("create-replacement Deployment/day-service in new-name")
    assert served < moved.index("delete-replaced Deployment/day-service in old-name")

    named = {"SERVICE": "day", "ENV": environment}
    assert "There is no namespace 'old-nam'" in checkout.refused(
        "app-down", **named, DELETE_NAMESPACE="old-nam"
    )
    serving = cluster.uids("new-name")
    checkout.make("app-down", **named, DELETE_NAMESPACE="old-name")
    assert not cluster.exists("old-name")
    assert cluster.uids("new-name") == serving
