"""Whatever others do to a service's objects is named, and restored or told with the way on; nothing is lost."""

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.faults.edits import OBSTACLES, Edits


@pytest.fixture
def edits(checkout: Checkout, cluster: LiveCluster, deployed: str, environment: str) -> Edits:
    return Edits(checkout, cluster, environment=environment, namespace=deployed, seed=1)


def test_random_edits_are_named_and_restored(edits: Edits) -> None:
    for _ in range(6):
        edits.play(obstacle="")


@pytest.mark.parametrize("obstacle", filter(None, OBSTACLES))
def test_what_keeps_an_edit_from_being_restored_is_named(edits: Edits, obstacle: str) -> None:
    edits.play(obstacle)
