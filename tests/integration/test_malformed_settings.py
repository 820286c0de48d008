"""Malformed settings through the real verbs and the real engine: one message, no stack trace, no change."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from infrastructure.settings import InfrastructureSettings
from shared.settings.application import ApplicationSettings
from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.unit.operations.settings.malformed import leaves

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
MODELS: dict[str, Any] = {
    "infrastructure": InfrastructureSettings,
    "day": ApplicationSettings,
    "dusk": ApplicationSettings,
}
RIGHT: dict[str, dict[str, Any]] = {
    "infrastructure": {"cluster": "local"},
    "day": {"infra_stack_name": "dev", "namespace": "malformed"},
    "dusk": {"infra_stack_name": "dev", "namespace": "malformed"},
}
BROKEN = {
    "no YAML": b"config: [",
    "a tab": b"config:\n\ta: b\n",
    "a list": b"- a\n",
    "no UTF-8": b"config: \xff\n",
    "nothing that the engine knows": b"setings: {}\n",
    "large": b"#" * 2_000_000,
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
    config = {f"{PROJECTS[label]}:{name}": value for name, value in {**RIGHT[label], **values}.items()}
    (checkout.root / FILES[label]).write_text(yaml.safe_dump({"config": config}))


def untouched(checkout: Checkout, cluster: LiveCluster) -> tuple[Any, ...]:
    """What no refusal may change: the states, the settings, the namespaces."""
    states = checkout.root / ".local/state/.pulumi/stacks"
    namespaces = {item.metadata.name for item in cluster.core.list_namespace().items}
    files = {path: path.read_bytes() for path in checkout.root.glob("*/**/Pulumi.*yaml") if path.is_file()}
    return sorted(path for path in states.rglob("*.json")), namespaces, files


@settings(
    max_examples=6,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_all_wrong_values_are_told_at_once_and_nothing_changes(
    checkout: Checkout, cluster: LiveCluster, label: str, data: st.DataObject
) -> None:
    there = [leaf for leaf in leaves(MODELS[label]) if len(leaf.path) == 1 and leaf.key not in RIGHT[label]]
    chosen = data.draw(
        st.lists(st.sampled_from(there), min_size=1, max_size=5, unique_by=lambda leaf: leaf.key)
    )
    write(checkout, label, {leaf.key: data.draw(leaf.values) for leaf in chosen})
    before = untouched(checkout, cluster)
    text = preview(checkout, label)
    assert untouched(checkout, cluster) == before
    assert text.count(FILES[label]) == 1
    for leaf in chosen:
        assert f"    {PROJECTS[label]}:{leaf.key}" in text
    assert text.lower().count("for example") >= len(chosen)


@pytest.mark.parametrize("content", BROKEN)
def test_a_file_that_cannot_be_read_is_told(
    checkout: Checkout, cluster: LiveCluster, label: str, content: str
) -> None:
    (checkout.root / FILES[label]).write_bytes(BROKEN[content])
    before = untouched(checkout, cluster)
    text = preview(checkout, label)
    assert untouched(checkout, cluster) == before
    assert FILES[label] in text
    assert "or example" in text


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


@pytest.mark.parametrize("service", ["day", "dusk"])
def test_the_program_itself_tells_the_same_by_hand(checkout: Checkout, service: str) -> None:
    values = {"replicas": 0, "log_level": "loud", "replica": 2, "min_replicas": 5, "max_replicas": 3}
    folder = checkout.root / "apps" / service
    file = folder / f"Pulumi.{ENVIRONMENT}.yaml"
    write(checkout, service, values)
    exported = checkout.make("env").text
    environment = dict(
        line.removeprefix("export ").split("=", 1) for part in [exported] for line in part.splitlines()
    )
    by_hand = {**checkout.environment, **{key: shlex.split(value)[0] for key, value in environment.items()}}
    try:
        pulumi = [_pulumi(checkout), "preview", "--stack", ENVIRONMENT, "--non-interactive"]
        subprocess.run(
            [pulumi[0], "stack", "init", ENVIRONMENT],
            cwd=folder,
            env=by_hand,
            check=True,
            capture_output=True,
        )
        done = subprocess.run(pulumi, cwd=folder, env=by_hand, capture_output=True, text=True, check=False)
        told = done.stdout + done.stderr
        assert done.returncode != 0
        assert "Traceback" not in told
        for key in (
            "replicas is '0'",
            "log_level is 'loud'",
            "replica: there is no such setting",
            "min_replicas (5)",
        ):
            assert key in told
    finally:
        remove = [_pulumi(checkout), "stack", "rm", ENVIRONMENT, "--yes", "--force"]
        subprocess.run(remove, cwd=folder, env=by_hand, check=False, capture_output=True)
        file.unlink(missing_ok=True)


def _pulumi(checkout: Checkout) -> str:
    return str(Path(os.path.realpath(checkout.root / ".local/bin/pulumi")))
