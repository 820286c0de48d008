"""Variables of the shell decide nothing for a stack, and what decides is taken from the command line alone."""

import json

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Declare, Lasting


def test_no_option_of_a_provider_comes_from_the_shell(
    checkout: Checkout,
    cluster: LiveCluster,
    declare: Declare,
    environment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declare("day", namespace=environment)
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    monkeypatch.setenv("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "true")
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    checkout.app_up("day", environment)
    exported = f"cd apps/day && pulumi stack export --stack {environment}"
    preview = f"cd apps/day && pulumi preview --stack {environment} --expect-no-changes"
    state = json.loads(checkout.by_hand(exported))
    inputs = [
        resource["inputs"]
        for resource in state["deployment"]["resources"]
        if resource["type"] == "pulumi:providers:kubernetes"
    ]
    assert inputs
    for given in inputs:
        assert not {"deleteUnreachable", "skipUpdateUnreachable"} & given.keys()
    # By hand, after `make env`, likewise.
    checkout.by_hand(preview)
    assert cluster.exists(environment)


def test_what_allows_or_chooses_is_taken_from_the_command_line_alone(
    checkout: Checkout, cluster: LiveCluster, lasting: Lasting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("ENV", "/root/.ashrc"),
        ("DELETE_NAMESPACE", lasting.namespace),
        ("ALLOW", f"Namespace/{lasting.namespace}"),
        ("NAME", "anything"),
    ):
        monkeypatch.setenv(name, value)
    checkout.make("settings", SERVICE="day")
    assert "cluster is called" in checkout.refused("cluster-delete")
    checkout.make("app-down", **lasting.named)
    assert cluster.exists(lasting.namespace)


@pytest.mark.parametrize("verb", ["overview", "up", "apps-up"])
def test_an_unknown_environment_is_refused(checkout: Checkout, verb: str) -> None:
    text = checkout.refused(verb, ENV="nowhere")
    assert "There is no environment 'nowhere'" in text
    assert "Name one of dev, " in text


def test_a_plan_is_readable_by_its_owner_alone(checkout: Checkout, lasting: Lasting) -> None:
    plan = checkout.temporary / "plan"
    script = (
        "from pathlib import Path; from operations.checkout import service_stack;"
        "from operations.engine.stack import EngineStack; from operations.toolchain import locate;"
        f"EngineStack(service_stack('day', '{lasting.environment}'), locate()).preview(save_plan=Path('{plan}'))"
    )
    checkout.by_hand(f'PYTHONPATH=. .venv/bin/python -c "{script}"')
    assert "resourcePlans" in plan.read_text()
    assert plan.stat().st_mode & 0o777 == 0o600
