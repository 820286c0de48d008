"""`create_namespace` flipped by hand, in either order and on either side, loses nothing."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import INFRASTRUCTURE, Declare, Platform
from tests.integration.witness import Witness, hard, held, managers


def test_the_new_owner_first_then_the_old_and_back_again(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, platform: Platform
) -> None:
    application, name = f"day-service-app.{environment}", "handed"
    declare("day", namespace=name, max_replicas=3)
    checkout.app_up("day", environment)
    before = cluster.uids(name)
    with Witness(cluster, name) as witness:
        platform({name: {"adopt_from": application, "profile": "small"}})
        assert cluster.owner(name) == INFRASTRUCTURE
        assert managers(cluster, name) == {INFRASTRUCTURE}
        assert hard(cluster, name)["pods"] == "20"
        declare("day", namespace=name, max_replicas=3, create_namespace=False)
        text = checkout.app_up("day", environment)
        assert "keep, and no longer own Namespace/handed" in text
        assert "deleted" not in text
        assert managers(cluster, name) == {INFRASTRUCTURE}
        assert cluster.uids(name) == before
        assert "updated" not in checkout.app_up("day", environment)

        declare("day", namespace=name, max_replicas=3, adopt_namespace_from=INFRASTRUCTURE)
        checkout.app_up("day", environment)
        assert cluster.owner(name) == application
        assert managers(cluster, name) == {application}
        assert hard(cluster, name)["pods"] == "80"
        assert "keep, and no longer own Namespace/handed" in platform({})
        assert managers(cluster, name) == {application}
        declare("day", namespace=name, max_replicas=3)
        checkout.app_up("day", environment)
    held(witness, application, INFRASTRUCTURE)
    assert cluster.owner(name) == application
    assert cluster.uids(name) == before


def test_the_old_owner_first_is_refused_or_harmless_and_the_move_can_go_on(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str, platform: Platform
) -> None:
    application, name = f"day-service-app.{environment}", "early"
    declare("day", namespace=name, max_replicas=3)
    checkout.app_up("day", environment)
    before = cluster.uids(name)
    with Witness(cluster, name) as witness:
        declare("day", namespace=name, max_replicas=3, create_namespace=False)
        text = checkout.refused("app-up", SERVICE="day", ENV=environment)
        assert "does not own it" in text
        assert cluster.owner(name) == application
        assert managers(cluster, name) == {application}
        platform({name: {"adopt_from": application}})
        checkout.app_up("day", environment)
        assert cluster.uids(name) == before

        platform({})
        assert cluster.owner(name) == INFRASTRUCTURE
        assert managers(cluster, name) == {INFRASTRUCTURE}
        refused = checkout.refused("app-up", SERVICE="day", ENV=environment)
        assert "does not own it" in refused
        declare("day", namespace=name, max_replicas=3, adopt_namespace_from=INFRASTRUCTURE)
        checkout.app_up("day", environment)
    held(witness, application, INFRASTRUCTURE)
    assert cluster.owner(name) == application
    assert managers(cluster, name) == {application}
    assert cluster.uids(name) == before


def test_adopting_from_the_wrong_owner_is_refused(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="contested")
    checkout.app_up("day", environment)
    declare("dusk", namespace="contested", adopt_namespace_from=INFRASTRUCTURE)
    text = checkout.refused("app-up", SERVICE="dusk", ENV=environment)
    assert f"is owned by day-service-app.{environment}" in text
    assert cluster.owner("contested") == f"day-service-app.{environment}"


def test_a_namespace_that_nobody_owns_is_taken_over_only_when_asked_for(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    cluster.core.create_namespace({"metadata": {"name": "foreign"}})
    uid = cluster.namespace("foreign").metadata.uid
    declare("day", namespace="foreign")
    assert "no stack owns it" in checkout.refused("app-up", SERVICE="day", ENV=environment)
    declare("day", namespace="foreign", adopt_namespace_from="unowned")
    checkout.app_up("day", environment)
    assert cluster.namespace("foreign").metadata.uid == uid
    assert cluster.owner("foreign") == f"day-service-app.{environment}"
