"""A stack of the original design document's program comes over as it is: nothing deleted, nothing replaced."""

from pathlib import Path

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare

ORIGINAL = Path(__file__).parent / "original_program.py"


def _deploy_original(checkout: Checkout, environment: str) -> None:
    program = checkout.root / "apps" / "day" / "__main__.py"
    original = program.read_text()
    try:
        program.write_text(ORIGINAL.read_text())
        checkout.app_up("day", environment)
    finally:
        program.write_text(original)


def test_the_original_namespace_and_workloads_come_over_with_nothing_deleted_or_replaced(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="original")
    _deploy_original(checkout, environment)
    before = {key: uid for key, uid in cluster.uids("original").items() if not key.startswith("Pod/")}

    text = checkout.app_up("day", environment)

    assert "replace" not in text
    # The original provider is dropped from the state, and stands for nothing on the cluster.
    deleted = [line.strip() for line in text.splitlines() if "- delete" in line]
    assert deleted == ["- delete kubernetes/k8s-provider"]
    after = cluster.uids("original")
    assert {key: after[key] for key in before} == before
    assert cluster.owner("original") == f"day-service-app.{environment}"
    assert "updated" not in checkout.app_up("day", environment)


def test_the_original_namespace_cannot_be_dropped_by_a_flip(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="unflipped")
    _deploy_original(checkout, environment)
    before = cluster.uids("unflipped")
    declare("day", namespace="unflipped", create_namespace=False, namespace_source="dusk-service-app/dev")
    text = checkout.refused("app-up", SERVICE="day", ENV=environment)
    assert "does not exist" in text or "would delete it" in text or "does not own it" in text
    assert cluster.uids("unflipped") == before


def test_the_original_namespace_is_not_renamed_away_even_where_that_is_allowed(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="unrenamed")
    _deploy_original(checkout, environment)
    before = cluster.uids("unrenamed")
    declare("day", namespace="renamed")
    named = {"SERVICE": "day", "ENV": environment}
    text = checkout.refused("app-up", **named, ALLOW="Namespace/unrenamed")
    assert "no longer declaring it would delete it with everything in it" in text
    assert cluster.uids("unrenamed") == before
    assert not cluster.exists("renamed")

    declare("day", namespace="unrenamed")
    checkout.app_up("day", environment)
    declare("day", namespace="renamed")
    checkout.app_up("day", environment, ALLOW="Namespace/unrenamed")
    assert cluster.namespace("unrenamed").metadata.uid == before["Namespace"]
    assert cluster.exists("renamed")
