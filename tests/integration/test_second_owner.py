"""A namespace has one owner: a second one is refused at preview, with nothing created."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_a_second_owner_is_refused_with_the_owners_name_and_both_ways_out(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="taken")
    checkout.app_up("day", environment)
    declare("dusk", namespace="taken")
    before = cluster.uids("taken")
    for target in ("app-preview", "app-up"):
        text = checkout.refused(target, SERVICE="dusk", ENV=environment)
        assert f"is owned by day-service-app.{environment}" in text
        assert f"namespace_source: day-service-app/{environment}" in text
        assert f"adopt_namespace_from: day-service-app.{environment}" in text
        assert f"apps/dusk/Pulumi.{environment}.yaml" in text
    assert cluster.uids("taken") == before
    assert checkout.make("app-outputs", SERVICE="dusk", ENV=environment).text.strip() == "{}"
    assert "unchanged" in checkout.app_up("day", environment)


def test_a_second_stack_with_the_same_objects_in_the_same_namespace_is_refused(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="doubled")
    checkout.app_up("day", environment)
    before = cluster.uids("doubled")
    checkout.settings(
        "day",
        "twin",
        {
            "infra_stack_name": "dev",
            "namespace": "doubled",
            "create_namespace": False,
            "namespace_source": f"day-service-app/{environment}",
        },
    )
    try:
        for target in ("app-preview", "app-up"):
            text = checkout.refused(target, SERVICE="day", ENV="twin")
            assert f"day-service-app.{environment}" in text
        assert cluster.uids("doubled") == before
        deployment = cluster.apps.read_namespaced_deployment("day-service", "doubled")
        assert deployment.metadata.labels["platform.internal/owner"] == f"day-service-app.{environment}"
    finally:
        checkout.make("app-forget", SERVICE="day", ENV="twin")
        checkout.settings_file("day", "twin").unlink()


def test_a_second_infrastructure_stack_on_one_cluster_is_refused(checkout: Checkout) -> None:
    checkout.settings("infrastructure", "second", {"cluster": "local"})
    try:
        text = checkout.refused("infra-up", ENV="second")
        assert "is already provisioned by service-infrastructure.dev" in text
        assert "infra_stack_name: service-infrastructure/dev" in text
    finally:
        checkout.settings_file("infrastructure", "second").unlink()
