"""A stack changes only the cluster that it was given, and tells a replaced one from the one it knew."""

import pytest

from shared.cluster.identity import check_cluster
from shared.cluster.live import NOT_LOOKED, LiveCluster
from shared.held import HeldState
from shared.refusal import Refusal

ARN = "arn:aws:eks:eu-central-1:111122223333:cluster/platform"


def check(identifier: str, live: LiveCluster, before: str | None = None) -> None:
    held = HeldState(outputs={"cluster_identifier": before} if before else {})
    check_cluster(identifier, live, held, stack="day-service-app/dev", forget="make app-forget")


def test_the_cluster_that_was_given_is_used() -> None:
    check("uid-1", LiveCluster("uid-1"))
    check("uid-1", LiveCluster("uid-1"), before="uid-1")


def test_a_kubeconfig_that_leads_elsewhere_is_refused_with_both_clusters() -> None:
    with pytest.raises(Refusal) as caught:
        check("uid-1", LiveCluster("uid-2"))
    assert "leads to the cluster uid-2, not to uid-1" in caught.value.fact
    assert "Point it at the right cluster" in caught.value.remedy


def test_a_replaced_cluster_is_refused_with_how_to_go_on() -> None:
    with pytest.raises(Refusal) as caught:
        check("uid-2", LiveCluster("uid-2"), before="uid-1")
    assert caught.value.fact == (
        "day-service-app/dev was deployed to the cluster uid-1; the one at hand is uid-2."
    )
    assert caught.value.remedy.endswith("make app-forget")
    assert "point the infrastructure stack back at it" in caught.value.remedy


def test_an_arn_is_no_uid_and_is_compared_with_the_state_alone() -> None:
    check(ARN, LiveCluster("uid-1"))
    check(ARN, LiveCluster("uid-1"), before=ARN)
    with pytest.raises(Refusal, match="was deployed to the cluster uid-1"):
        check(ARN, LiveCluster("uid-1"), before="uid-1")


def test_where_no_look_is_possible_the_state_still_counts() -> None:
    check("uid-1", NOT_LOOKED)
    with pytest.raises(Refusal, match="was deployed to"):
        check("uid-1", NOT_LOOKED, before="uid-2")
