"""The API server stopped in the middle of a move and started again: the same command goes on."""

import psutil
import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.faults.striking import locks


@pytest.mark.parametrize("moment", ["as it begins", "as the owner changes"])
def test_a_move_goes_on_after_the_control_plane_was_killed(
    checkout: Checkout, cluster: LiveCluster, environment: str, deployed: str, moment: str
) -> None:
    before = cluster.uids(deployed)
    process = checkout.start("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    if moment == "as it begins":
        until(lambda: locks(checkout, "service-infrastructure", "dev"), "the first update under way")
    else:
        until(lambda: cluster.owner(deployed) == "service-infrastructure.dev", "the namespace taken over")
    assert _kill_api_server(checkout)
    text, _ = process.communicate()
    assert process.returncode != 0, text
    assert "Traceback" not in text
    again = checkout.make("namespace-move", code=2, SERVICE="day", ENV=environment, TO="infrastructure").text
    assert "Traceback" not in again
    checkout.make("cluster-up")
    checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    assert cluster.owner(deployed) == "service-infrastructure.dev"
    assert cluster.uids(deployed) == before


def _kill_api_server(checkout: Checkout) -> int:
    killed = 0
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words and words[0].endswith("kube-apiserver") and str(checkout.root) in words[0]:
            process.kill()
            killed += 1
    return killed
