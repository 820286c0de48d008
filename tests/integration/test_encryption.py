"""What encrypts a stack is kept by its backend, and no settings file is written that its author did not change.

Without a state to tell, the engine writes a salt of its own into the settings file, and every value as text.
"""

import subprocess
from pathlib import Path

import pytest

from tests.checkout import Checkout
from tests.cluster import LiveCluster
from tests.integration.conftest import Lasting


def by_hand(checkout: Checkout, command: str, *, variables: dict[str, str] | None = None) -> str:
    """Run a command as a person does, in the day service's folder after `eval "$(make env)"`."""
    script = f'eval "$(make --no-print-directory env)" && cd apps/day && {command}'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=checkout.root,
        env={**checkout.environment, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def deployed(checkout: Checkout, lasting: Lasting) -> Path:
    """The settings file of a deployed day service, with numbers, a boolean and a comment in it."""
    lasting.declare(cache_ttl=60, feature_new_ui=True, replicas=2)
    settings = checkout.settings_file("day", lasting.environment)
    settings.write_text(f"# written by its author\n{settings.read_text()}")
    before = settings.read_bytes()
    lasting.up()
    assert settings.read_bytes() == before
    return settings


@pytest.fixture
def environment(lasting: Lasting) -> str:
    return lasting.environment


def test_pulumi_by_hand_leaves_the_settings_file_as_it_is(
    checkout: Checkout, environment: str, deployed: Path
) -> None:
    before = deployed.read_bytes()
    for command in (
        f"pulumi preview --stack {environment} --expect-no-changes",
        f"pulumi stack select {environment} && pulumi preview --expect-no-changes",
        f"pulumi up --stack {environment} --yes --skip-preview",
        f"cd / && pulumi -C {checkout.root}/apps/day refresh --yes --stack organization/day-service-app/{environment}",
    ):
        by_hand(checkout, command)
        assert deployed.read_bytes() == before, command


def test_a_secret_that_was_set_by_hand_is_deployed_by_every_verb_and_stays(
    checkout: Checkout, cluster: LiveCluster, environment: str, deployed: Path
) -> None:
    by_hand(checkout, f"pulumi config set --secret database_host hidden.internal --stack {environment}")
    written = deployed.read_text()
    assert "encryptionsalt" in written
    assert "hidden.internal" not in written
    assert "updated" in checkout.app_up("day", environment)
    config = cluster.core.read_namespaced_config_map("day-service-config", environment)
    assert config.data["DATABASE_HOST"] == "hidden.internal"
    assert "hidden.internal" not in checkout.make("app-preview", SERVICE="day", ENV=environment).text
    by_hand(checkout, f"pulumi preview --stack {environment} --expect-no-changes")
    assert deployed.read_text() == written


def test_another_checkout_opens_the_stack_by_the_same_backend_and_passphrase(
    checkout: Checkout, environment: str, deployed: Path, tmp_path: Path
) -> None:
    other = Checkout.create(tmp_path)
    other.settings_file("day", environment).write_bytes(deployed.read_bytes())
    local = checkout.root / ".local"
    done = subprocess.run(
        ["make", "--no-print-directory", "app-up", "SERVICE=day", f"ENV={environment}"],
        cwd=other.root,
        env={
            **other.environment,
            "PULUMI_BACKEND_URL": f"file://{local}/state",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(local / "passphrase"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unchanged" in done.stderr
    assert "updated" not in done.stderr


def test_a_checkout_with_another_backend_has_another_passphrase_and_is_told_nothing_of_the_first(
    checkout: Checkout, tmp_path: Path
) -> None:
    settings = checkout.settings_file("infrastructure", "dev")
    before = settings.read_bytes()
    elsewhere = {
        **checkout.environment,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}",
        "PULUMI_CONFIG_PASSPHRASE": "another",
    }
    for target in ("infra-preview", "infra-preview"):
        done = subprocess.run(
            ["make", "--no-print-directory", target],
            cwd=checkout.root,
            env=elsewhere,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert settings.read_bytes() == before
    assert "unchanged" in checkout.make("infra-preview").text


def test_no_verb_writes_into_the_settings_file(checkout: Checkout, environment: str, deployed: Path) -> None:
    before = deployed.read_bytes()
    for verb in ("app-preview", "app-up", "app-refresh", "app-outputs", "app-down"):
        checkout.make(verb, SERVICE="day", ENV=environment)
        assert deployed.read_bytes() == before, verb
