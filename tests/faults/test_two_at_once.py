"""Two people at once: the stacks' locks and the API server arbitrate, and nothing is lost."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster, until
from tests.faults.striking import freeze, locks
from tests.integration.conftest import INFRASTRUCTURE, Declare, Lasting

_ACCESS = ("passphrase", "kubeconfig")
"""What lets a checkout use the state and the cluster of another one."""


@pytest.fixture(scope="module")
def colleague(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Another person's checkout with the same backend and the same cluster."""
    other = Checkout.create(tmp_path_factory.mktemp("colleague"))
    local, mine = checkout.root / ".local", other.root / ".local"
    (mine / "state").symlink_to(local / "state")
    for name in _ACCESS:
        shutil.copy2(local / name, mine / name)
    return other


def test_two_moves_in_the_same_direction_end_as_one(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting
) -> None:
    before = cluster.uids(lasting.namespace)
    to, owner, _ = lasting.elsewhere(cluster)
    both = [checkout.start("namespace-move", **lasting.named, TO=to) for _ in range(2)]
    texts = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    assert cluster.owner(lasting.namespace) == owner
    assert cluster.uids(lasting.namespace) == before


def test_two_moves_in_opposite_directions_leave_one_owner(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting
) -> None:
    before = cluster.uids(lasting.namespace)
    both = [
        checkout.start("namespace-move", **lasting.named, TO=to) for to in ("infrastructure", "application")
    ]
    texts = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    owner = cluster.owner(lasting.namespace)
    assert owner in (INFRASTRUCTURE, lasting.owner)
    assert cluster.uids(lasting.namespace) == before
    assert "created" not in lasting.up()


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


def test_a_living_run_keeps_its_lock_from_one_in_another_pid_namespace_with_the_same_host_name(
    checkout: Checkout, declare: Declare, deployed: str, environment: str
) -> None:
    apart = ("unshare", "--pid", "--fork", "--mount-proc")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets no one create PID namespaces")
    declare("day", namespace=deployed, log_level="error")
    named = {"SERVICE": "day", "ENV": environment}
    first = checkout.start("app-up", **named)

    def written() -> list[Path]:
        return [
            file
            for file in locks(checkout, "day-service-app", environment)
            if file.suffix == ".json" and file.read_text()
        ]

    until(written, "the stack locked by the first run")
    stopped = freeze(first)
    try:
        (lock,) = written()
        content = lock.read_text()
        second = checkout.start("app-up", **named, before=apart)
        assert second.stdout
        told = ""
        while "waiting for" not in told:
            told = second.stdout.readline()
            assert told, "the second run ended"
        assert lock.read_text() == content
        third = checkout.start("unlock", **named, before=apart)
        text, _ = third.communicate()
        assert "is locked by a running process" in text
        assert lock.read_text() == content
    finally:
        for one in stopped:
            one.resume()
    texts = [process.communicate()[0] for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], texts
    assert "removing the lock" not in texts[1]


@pytest.mark.parametrize("other_way", [False, True], ids=["same direction", "opposite directions"])
def test_two_people_move_it_from_two_checkouts_and_nothing_is_lost(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, colleague: Checkout, other_way: bool
) -> None:
    for project, name in (("infrastructure", "dev"), ("day", lasting.environment)):
        shutil.copy2(checkout.settings_file(project, name), colleague.settings_file(project, name))
    assert "unchanged" in colleague.app_up("day", lasting.environment)
    before = cluster.uids(lasting.namespace)
    to, owner, back = lasting.elsewhere(cluster)
    both = [
        checkout.start("namespace-move", **lasting.named, TO=to),
        colleague.start("namespace-move", **lasting.named, TO=back if other_way else to),
    ]
    texts = [process.communicate()[0] for process in both]
    assert not any("Traceback" in text for text in texts), texts
    assert cluster.uids(lasting.namespace) == before
    # Each has settings of their own; whoever goes on has them agree with what is live.
    checkout.make("namespace-move", **lasting.named, TO=to)
    assert cluster.owner(lasting.namespace) == owner
    assert cluster.uids(lasting.namespace) == before
    assert "updated" not in lasting.up()
