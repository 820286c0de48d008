"""A full disk under the state: one message, nothing lost, and after some space was freed the same command goes on."""

import shutil
import subprocess

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Lasting

_UNSHARE = ["unshare", "--user", "--map-root-user", "--mount", "--fork"]

_SCRIPT = """
set -e
cp -a .local/state .local/state.before
mount -t tmpfs -o size=32m tmpfs .local/state
cp -a .local/state.before/. .local/state
set +e
fill() {{ cat /dev/zero > .local/state/filler 2>/dev/null; }}
[ {delay} = before ] && fill
make --no-print-directory app-up SERVICE=day ENV={environment} &
if [ {delay} != before ]; then
    until [ -n "$(ls .local/state/.pulumi/locks/organization/day-service-app/{environment} 2>/dev/null)" ]
        do sleep 0.02; done
    sleep {delay}
    fill
    kill -0 $! && echo "full while it ran"
fi
wait $!
code=$?
rm -f .local/state/filler
rm -rf .local/state.after
cp -a .local/state .local/state.after
exit $code
"""


@pytest.fixture
def private_mounts() -> None:
    """Skip where this user may not mount anything, even for itself alone."""
    if (
        not shutil.which("unshare")
        or subprocess.run(
            [*_UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("this user may not mount a small file system for itself")


@pytest.mark.usefixtures("private_mounts")
@pytest.mark.parametrize(("delay", "level"), [("before", "error"), ("0", "debug"), ("0.4", "warning")])
def test_an_update_whose_disk_is_or_gets_full_loses_nothing_and_goes_on_after_space_was_freed(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, delay: str, level: str
) -> None:
    before = cluster.uids(lasting.namespace)
    lasting.declare(log_level=level)
    done = subprocess.run(
        [*_UNSHARE, "bash", "-c", _SCRIPT.format(environment=lasting.environment, delay=delay)],
        cwd=checkout.root,
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout + done.stderr
    assert "Traceback" not in text
    assert "The disk is full" in text
    if delay == "before":
        assert done.returncode == 2, text
    local = checkout.root / ".local"
    shutil.rmtree(local / "state.before")
    shutil.rmtree(local / "state")
    (local / "state.after").rename(local / "state")

    lasting.up()
    after = cluster.uids(lasting.namespace)
    assert after["Namespace"] == before["Namespace"]
    assert after["Deployment/day-service"] == before["Deployment/day-service"]
    config = cluster.core.read_namespaced_config_map("day-service-config", lasting.namespace)
    assert config.data["LOG_LEVEL"] == level
    assert "unchanged" in lasting.up()
