"""An administrator who removes the admission policies and edits the owner label: the programs' own rules still hold."""

from collections.abc import Iterator

import pytest
from kubernetes.client.exceptions import ApiException

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Declare, restore_policies

OWNER = "platform.internal/owner"


@pytest.fixture
def without_policies(checkout: Checkout, cluster: LiveCluster) -> Iterator[None]:
    """The admission policies' bindings are gone for a while."""
    bindings = cluster.admission.list_validating_admission_policy_binding().items
    for item in bindings:
        cluster.admission.delete_validating_admission_policy_binding(item.metadata.name)
    yield
    restore_policies(checkout)
    assert len(cluster.admission.list_validating_admission_policy_binding().items) == len(bindings)


def test_without_admission_policies_a_second_owner_and_a_foreign_reader_are_still_refused(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    deployed: str,
    without_policies: None,
) -> None:
    before = cluster.uids(deployed)
    declare("dusk", namespace=deployed)
    assert "is owned by day-service-app" in checkout.refused("app-up", SERVICE="dusk", ENV=environment)
    declare("dusk", namespace=deployed, create_namespace=False)
    assert "does not own it" in checkout.refused("app-up", SERVICE="dusk", ENV=environment)
    assert cluster.uids(deployed) == before


def test_a_hand_edited_owner_label_stops_its_owner_and_can_be_put_right(
    checkout: Checkout,
    cluster: LiveCluster,
    environment: str,
    deployed: str,
    without_policies: None,
) -> None:
    before = cluster.uids(deployed)
    until(
        lambda: _edited(cluster, deployed, "somebody.else"),
        "the API server to notice that the policies are gone",
    )
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "is owned by somebody.else" in text
    assert cluster.uids(deployed) == before
    assert _edited(cluster, deployed, None)
    checkout.app_up("day", environment)
    assert cluster.uids(deployed) == before


def _edited(cluster: LiveCluster, namespace: str, owner: str | None) -> bool:
    try:
        cluster.core.patch_namespace(namespace, {"metadata": {"labels": {OWNER: owner}}})
    except ApiException:
        return False
    return True
