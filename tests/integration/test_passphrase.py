"""A secret is opened by its passphrase alone, and told as that where it is not (pulumi 11109, 21143)."""

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


def test_an_exported_kubeconfig_is_opened_as_the_engine_opens_it(checkout: Checkout) -> None:
    program = """
from operations.engine.project import infrastructure_stack
from operations.engine.stack import EngineStack
from operations.stacks import kubeconfig
from operations.toolchain import locate

stack, toolchain = infrastructure_stack("dev"), locate()
theirs = EngineStack(stack, toolchain).outputs(show_secrets=True)["kubeconfig"]
EngineStack.outputs = None  # from here on without the engine
print(kubeconfig.exported_kubeconfig(stack, toolchain) == theirs)
"""
    done = subprocess.run(
        [".venv/bin/python", "-c", program],
        cwd=checkout.root,
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"
