"""The API server stopped in the middle of a move and started again: the same command goes on."""

import psutil
import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster


@pytest.mark.parametrize("seconds", [2.0, 4.0])
def test_a_move_goes_on_after_the_control_plane_was_killed(
    checkout: Checkout, cluster: LiveCluster, environment: str, deployed: str, seconds: float
) -> None:
    before = cluster.uids(deployed)
    process = checkout.start("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    try:
        process.wait(timeout=seconds)
    except Exception:
        _kill_api_server(checkout)
    process.communicate()
    if process.returncode:
        text = checkout.make(
            "namespace-move", code=None, SERVICE="day", ENV=environment, TO="infrastructure"
        ).text
        assert "Traceback" not in text
    checkout.make("cluster-up")
    checkout.make("namespace-move", SERVICE="day", ENV=environment, TO="infrastructure")
    assert cluster.owner(deployed) == "service-infrastructure.dev"
    assert cluster.uids(deployed) == before


def _kill_api_server(checkout: Checkout) -> None:
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words and words[0].endswith("kube-apiserver") and str(checkout.root) in words[0]:
            process.kill()
