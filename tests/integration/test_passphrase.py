"""A secret of another stack that one's own passphrase does not open is told as that (pulumi 11109, 21143)."""

import subprocess

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare


def test_a_missing_passphrase_is_named_and_nothing_is_created(
    checkout: Checkout, cluster: LiveCluster, declare: Declare, environment: str
) -> None:
    declare("day", namespace="unopened")
    own = {**checkout.environment, "PULUMI_BACKEND_URL": f"file://{checkout.root}/.local/state"}
    done = subprocess.run(
        ["make", "--no-print-directory", "app-up", "SERVICE=day", f"ENV={environment}"],
        cwd=checkout.root,
        env={**own, "PULUMI_CONFIG_PASSPHRASE": "the application team's own"},
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout + done.stderr
    assert done.returncode == 2, text
    assert "passphrase" in text
    assert "service-infrastructure/dev" in text
    assert "KMS" in text, text
    assert "Traceback" not in text
    assert not cluster.exists("unopened")
