"""Two people at once: the stacks' locks and the API server arbitrate, and nothing is lost."""

from tests.checkout import Checkout
from tests.cluster import LiveCluster


def test_two_moves_in_the_same_direction_end_as_one(
    checkout: Checkout, cluster: LiveCluster, deployed: str, environment: str
) -> None:
    before = cluster.uids(deployed)
    both = [
        checkout.start("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
        for _ in range(2)
    ]
    texts = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    assert cluster.owner(deployed) == "service-infrastructure.dev"
    assert cluster.uids(deployed) == before


def test_two_moves_in_opposite_directions_leave_one_owner(
    checkout: Checkout, cluster: LiveCluster, deployed: str, environment: str
) -> None:
    before = cluster.uids(deployed)
    both = [
        checkout.start("namespace-move", SERVICE="day", ENV=environment, TO=to)
        for to in ("infrastructure", "application")
    ]
    texts = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    owner = cluster.owner(deployed)
    assert owner in ("service-infrastructure.dev", f"day-service-app.{environment}")
    assert cluster.uids(deployed) == before
    assert "created" not in checkout.app_up("day", environment)


def test_a_deployment_while_its_namespace_moves_loses_nothing(
    checkout: Checkout, cluster: LiveCluster, deployed: str, environment: str
) -> None:
    before = cluster.uids(deployed)
    move = checkout.start("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    deployment = checkout.start("app-up", SERVICE="day", ENV=environment)
    for process in (deployment, move):
        process.communicate()
    checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    assert cluster.owner(deployed) == "service-infrastructure.dev"
    assert cluster.uids(deployed) == before
    assert "updated" not in checkout.app_up("day", environment)
