"""Taking an application down keeps what others use, and a namespace goes only by its name."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_app_down_keeps_the_namespace_and_what_others_have_in_it_and_infra_down_keeps_all(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="shared")
    declare(
        "dusk", namespace="shared", create_namespace=False, namespace_source=f"day-service-app/{environment}"
    )
    checkout.app_up("day", environment)
    checkout.app_up("dusk", environment)
    before = {key: uid for key, uid in cluster.uids("shared").items() if "day" not in key}

    named = checkout.refused("app-down", SERVICE="day", ENV=environment, DELETE_NAMESPACE="shared")
    assert f"Deployment/dusk-service (dusk-service-app.{environment})" in named
    assert "Deployment/day-service" in cluster.uids("shared")

    text = checkout.make("app-down", SERVICE="day", ENV=environment).text
    assert f"Deployment/dusk-service (dusk-service-app.{environment})" in text
    assert {key: uid for key, uid in cluster.uids("shared").items() if "day" not in key} == before
    assert "Deployment/day-service" not in cluster.uids("shared")
    assert cluster.owner("shared") == f"day-service-app.{environment}"
    assert "unchanged" in checkout.app_up("dusk", environment)

    checkout.app_up("day", environment)
    assert cluster.uids("shared")["Namespace"] == before["Namespace"]

    # Nobody takes the cluster away from those who live on it.
    policies = len(cluster.admission.list_validating_admission_policy().items)
    text = checkout.refused("infra-down")
    assert f"shared (day-service-app.{environment})" in text
    assert len(cluster.admission.list_validating_admission_policy().items) == policies > 0


def test_a_namespace_is_deleted_by_its_name_with_all_that_its_owner_had_in_it(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="doomed")
    checkout.app_up("day", environment)
    wrong = checkout.make("app-down", SERVICE="day", ENV=environment, DELETE_NAMESPACE="default", code=2).text
    assert "does not delete it" in wrong
    assert cluster.exists("doomed")
    checkout.make("app-down", SERVICE="day", ENV=environment, DELETE_NAMESPACE="doomed")
    assert not cluster.exists("doomed")
    again = checkout.make("app-down", SERVICE="day", ENV=environment, DELETE_NAMESPACE="doomed").text
    assert "no longer exists" in again
