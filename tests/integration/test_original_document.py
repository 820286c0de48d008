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


def test_the_original_namespace_is_lost_by_no_flip_or_rename_and_all_comes_over_with_nothing_deleted_or_replaced(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    named = {"SERVICE": "day", "ENV": environment}
    declare("day", namespace="original")
    _deploy_original(checkout, environment)
    everything = cluster.uids("original")
    before = {key: uid for key, uid in everything.items() if not key.startswith("Pod/")}

    declare("day", namespace="original", create_namespace=False, namespace_source="dusk-service-app/dev")
    text = checkout.refused("app-up", **named)
    assert "does not exist" in text or "would delete it" in text or "does not own it" in text
    declare("day", namespace="renamed")
    text = checkout.refused("app-up", **named, ALLOW="Namespace/original")
    assert "no longer declaring it would delete it with everything in it" in text
    assert cluster.uids("original") == everything
    assert not cluster.exists("renamed")

    declare("day", namespace="original")
    text = checkout.app_up("day", environment)
    assert "replace" not in text
    # The original provider is dropped from the state, and stands for nothing on the cluster.
    deleted = [line.strip() for line in text.splitlines() if "- delete" in line]
    assert deleted == ["- delete kubernetes/k8s-provider"]
    after = cluster.uids("original")
    assert {key: after[key] for key in before} == before
    assert cluster.owner("original") == f"day-service-app.{environment}"
    assert "updated" not in checkout.app_up("day", environment)

    declare("day", namespace="renamed")
    checkout.app_up("day", environment, ALLOW="Namespace/original")
    assert cluster.namespace("original").metadata.uid == before["Namespace"]
    assert cluster.exists("renamed")
