"""A secret is opened by its passphrase alone, and told as that where it is not (pulumi 11109, 21143)."""

import subprocess
from pathlib import Path

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


def test_an_empty_passphrase_counts_as_none_unless_it_is_asked_for_by_name(
    checkout: Checkout, tmp_path: Path
) -> None:
    def preview(**variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["make", "--no-print-directory", "infra-preview"],
            cwd=checkout.root,
            env={**checkout.environment, "PULUMI_BACKEND_URL": f"file://{tmp_path}", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    blank = tmp_path / "blank"
    blank.write_text("\n")
    for empty in ({"PULUMI_CONFIG_PASSPHRASE": ""}, {"PULUMI_CONFIG_PASSPHRASE_FILE": str(blank)}):
        done = preview(**empty)
        assert done.returncode == 2, done.stdout + done.stderr
        assert "No passphrase was given" in done.stderr
        assert "name /dev/null" in done.stderr
        assert "Error 2" in done.stderr
    assert not list(tmp_path.rglob("dev.json"))
    done = preview(PULUMI_CONFIG_PASSPHRASE="", PULUMI_CONFIG_PASSPHRASE_FILE="/dev/null")
    assert done.returncode == 0, done.stdout + done.stderr
