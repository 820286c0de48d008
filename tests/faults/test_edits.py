"""Whatever others do to a service's objects is named, and restored or told with the way on; nothing is lost."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.faults.edits import Edits


def test_random_edits_are_named_and_restored(
    checkout: Checkout, cluster: LiveCluster, deployed: str, environment: str
) -> None:
    edits = Edits(checkout, cluster, environment=environment, namespace=deployed, seed=1)
    for _ in range(6):
        edits.play()
