"""Malformed settings through the real verbs and the real engine: one message, no stack trace, no change."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checkout import Checkout
from tests.cluster import LiveCluster

ENVIRONMENT = "malformed"
FILES = {
    "infrastructure": "infrastructure/Pulumi.malformed.yaml",
    "day": "apps/day/Pulumi.malformed.yaml",
    "dusk": "apps/dusk/Pulumi.malformed.yaml",
}
PROJECTS = {
    "infrastructure": "service-infrastructure",
    "day": "day-service-app",
    "dusk": "dusk-service-app",
}
ISOLATION = {"quota": {"pods": 0}, "network": {"allow_to": [{"cidr": "anywhere"}]}}
WRONG: dict[str, dict[str, Any]] = {
    "infrastructure": {
        "cluster": "elsewhere",
        "namespaces": {"kube-system": {}, "shared": {"tenant": []}},
        "organization": {"isolation": ISOLATION},
        "tenant_credential_days": -1,
    },
    "day": {
        "infra_stack_name": "a b",
        "replicas": 0,
        "log_level": "loud",
        "isolation": ISOLATION,
        "replica": 1,
    },
    "dusk": {"image_tag": 1.10, "create_namespace": "perhaps", "cpu_limit": "much", "database_host": "a b"},
}
TOLD = {
    "infrastructure": (
        "cluster is 'elsewhere'",
        "namespaces.kube-system is ",
        "namespaces.shared.tenant: there is no such setting; did you mean tenants?",
        "organization.isolation.quota.pods is 0",
        "organization.isolation.network.allow_to.0.cidr is 'anywhere'",
        "tenant_credential_days is -1",
    ),
    "day": (
        "infra_stack_name is 'a b'",
        "replicas is 0",
        "log_level is 'loud'",
        "isolation.quota.pods is 0",
        "replica: there is no such setting; did you mean replicas?",
    ),
    "dusk": (
        "image_tag is 1.1: must be in quotes",
        "create_namespace is 'perhaps'",
        "cpu_limit is 'much'",
        "database_host is 'a b'",
    ),
}
BROKEN = {
    "no YAML": b"config: [",
    "a tab": b"config:\n\ta: b\n",
    "a list": b"- a\n",
    "no UTF-8": b"config: \xff\n",
    "nothing that the engine knows": b"setings: {}\n",
    "nested": b"config: " + b"[" * 100_000,
}


@pytest.fixture(params=FILES)
def label(request: pytest.FixtureRequest, checkout: Checkout) -> Iterator[str]:
    """Each stack, in an environment that has no state; its settings file is removed afterwards."""
    yield request.param
    file = checkout.root / FILES[request.param]
    if file.is_dir():
        file.rmdir()
    file.unlink(missing_ok=True)


def preview(checkout: Checkout, label: str) -> str:
    if label == "infrastructure":
        return checkout.refused("infra-preview", ENV=ENVIRONMENT)
    return checkout.refused("app-preview", SERVICE=label, ENV=ENVIRONMENT)


def write(checkout: Checkout, label: str, values: dict[str, Any]) -> None:
    config = {f"{PROJECTS[label]}:{name}": value for name, value in values.items()}
    (checkout.root / FILES[label]).write_text(yaml.safe_dump({"config": config}))


def untouched(checkout: Checkout, cluster: LiveCluster) -> tuple[Any, ...]:
    """What no refusal may change: the states, the settings, the namespaces."""
    states = checkout.root / ".local/state/.pulumi/stacks"
    namespaces = {item.metadata.name for item in cluster.core.list_namespace().items}
    files = {path: path.read_bytes() for path in checkout.root.glob("*/**/Pulumi.*yaml") if path.is_file()}
    return sorted(path for path in states.rglob("*.json")), namespaces, files


def test_all_wrong_values_are_told_at_once_and_nothing_changes(
    checkout: Checkout, cluster: LiveCluster, label: str
) -> None:
    write(checkout, label, WRONG[label])
    before = untouched(checkout, cluster)
    text = preview(checkout, label)
    assert untouched(checkout, cluster) == before
    assert text.count(FILES[label]) == 1
    for told in TOLD[label]:
        assert f"    {told}" in text


@pytest.mark.parametrize("content", BROKEN)
def test_a_file_that_cannot_be_read_is_told(
    checkout: Checkout, cluster: LiveCluster, label: str, content: str
) -> None:
    (checkout.root / FILES[label]).write_bytes(BROKEN[content])
    before = untouched(checkout, cluster)
    text = preview(checkout, label)
    assert untouched(checkout, cluster) == before
    assert FILES[label] in text


def test_a_folder_in_the_files_place_is_told(checkout: Checkout, label: str) -> None:
    (checkout.root / FILES[label]).mkdir()
    assert f"{FILES[label]} is a folder, and has to be a file" in preview(checkout, label)


@pytest.mark.parametrize(
    "verb", ["up", "apps-up", "overview", "namespace-status", "settings", "app-down", "app-outputs"]
)
def test_no_verb_ends_with_a_stack_trace(checkout: Checkout, verb: str) -> None:
    file = checkout.root / FILES["day"]
    file.write_bytes(b"config:\n\tday-service-app:replicas: x\n")
    try:
        run = checkout.make(verb, code=None, SERVICE="day", ENV=ENVIRONMENT)
        assert "Traceback" not in run.text, run.text
    finally:
        file.unlink()


def test_the_program_itself_tells_the_same_by_hand(checkout: Checkout) -> None:
    folder = checkout.root / "apps" / "day"
    file = folder / f"Pulumi.{ENVIRONMENT}.yaml"
    write(checkout, "day", {**WRONG["day"], "infra_stack_name": "dev"})
    exported = [line.removeprefix("export ") for line in checkout.make("env").text.splitlines()]
    given = dict(line.split("=", 1) for line in exported if "=" in line)
    by_hand = {**checkout.environment, **{key: shlex.split(value)[0] for key, value in given.items()}}
    pulumi = str(Path(os.path.realpath(checkout.root / ".local/bin/pulumi")))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [pulumi, *arguments], cwd=folder, env=by_hand, capture_output=True, text=True, check=False
        )

    try:
        assert run("stack", "init", ENVIRONMENT).returncode == 0
        done = run("preview", "--stack", ENVIRONMENT, "--non-interactive")
        told = done.stdout + done.stderr
        assert done.returncode != 0
        assert "Traceback" not in told
        for line in ("replicas is '0'", "log_level is 'loud'", "replica: there is no such setting"):
            assert line in told
    finally:
        run("stack", "rm", ENVIRONMENT, "--yes", "--force")
        file.unlink(missing_ok=True)
