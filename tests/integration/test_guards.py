"""The API server itself protects an owned namespace, whoever asks."""

import pytest
from kubernetes.client.exceptions import ApiException

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.integration.conftest import Declare

OWNER = "platform.internal/owner"


@pytest.fixture
def owned(checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str) -> str:
    """An owned namespace's name."""
    declare("day", namespace="guarded")
    checkout.app_up("day", environment)
    return "guarded"


def test_deletion_of_an_owned_namespace_is_refused_with_its_owners_name(
    cluster: LiveCluster, owned: str, environment: str
) -> None:
    with pytest.raises(ApiException) as refused:
        cluster.core.delete_namespace(owned)
    assert f"owned by day-service-app.{environment}" in str(refused.value.body)
    with pytest.raises(ApiException):
        cluster.core.patch_namespace(
            owned, {"metadata": {"annotations": {"platform.internal/allow-deletion": "any"}}}
        )
        cluster.core.delete_namespace(owned)
    assert cluster.namespace(owned).metadata.deletion_timestamp is None


def test_the_owner_label_changes_by_compare_and_swap_alone(
    cluster: LiveCluster, owned: str, environment: str
) -> None:
    mine = f"day-service-app.{environment}"
    for labels, previous in (
        ({OWNER: "thief.dev"}, None),
        ({OWNER: None}, None),
        ({OWNER: "thief.dev"}, "somebody.else"),
    ):
        body = {"metadata": {"labels": labels, "annotations": {"platform.internal/previous-owner": previous}}}
        with pytest.raises(ApiException) as refused:
            cluster.core.patch_namespace(owned, body)
        assert f"owned by {mine}" in str(refused.value.body)
    assert cluster.owner(owned) == mine
    swap = {
        "metadata": {"labels": {OWNER: "next.dev"}, "annotations": {"platform.internal/previous-owner": mine}}
    }
    cluster.core.patch_namespace(owned, swap)
    assert cluster.owner(owned) == "next.dev"


def test_a_workloads_owner_label_is_guarded_too(cluster: LiveCluster, owned: str, environment: str) -> None:
    with pytest.raises(ApiException) as refused:
        cluster.apps.patch_namespaced_deployment(
            "day-service", owned, {"metadata": {"labels": {OWNER: "thief.dev"}}}
        )
    assert f"owned by day-service-app.{environment}" in str(refused.value.body)


def test_other_labels_and_namespaces_are_left_to_everybody(cluster: LiveCluster, owned: str) -> None:
    cluster.core.patch_namespace(owned, {"metadata": {"labels": {"istio-injection": "enabled"}}})
    assert cluster.namespace(owned).metadata.labels["istio-injection"] == "enabled"
    cluster.core.create_namespace({"metadata": {"name": "nobodys"}})
    cluster.core.delete_namespace("nobodys")
    until(lambda: not cluster.exists("nobodys"), "nobody's namespace gone")
