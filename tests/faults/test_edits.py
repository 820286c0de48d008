"""Whatever others do to a service's objects is named, and restored or told with the way on; nothing is lost."""

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.faults.edits import OBSTACLES, Edits
from tests.integration.conftest import Lasting


@pytest.fixture
def edits(checkout: Checkout, cluster: LiveCluster, lasting: Lasting) -> Edits:
    return Edits(checkout, cluster, environment=lasting.environment, namespace=lasting.namespace, seed=1)


def test_random_edits_are_named_and_restored(edits: Edits) -> None:
    for _ in range(6):
        edits.play(obstacle="")


@pytest.mark.parametrize("obstacle", [one for one in OBSTACLES if one])
def test_what_keeps_an_edit_from_being_restored_is_named(edits: Edits, obstacle: str) -> None:
    edits.play(obstacle)
