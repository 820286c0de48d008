"""The engine's environment: our tools first, the state where it belongs, and nothing ambient."""

import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.engine.environment import engine_environment
from operations.paths import ROOT
from shared.refusal import Refusal

TOOLCHAIN: Any = SimpleNamespace(bin_folders=[Path("/tools/a"), Path("/tools/b")])
KEPT = "PULUMI_CONFIG_PASSPHRASE_FILE"


def test_no_stack_ever_sees_an_ambient_kubeconfig(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/somewhere")
    monkeypatch.setenv("KUBE_CONTEXT", "production")
    environment = engine_environment(TOOLCHAIN)
    assert not {"KUBECONFIG", "KUBE_CONTEXT"} & set(environment)
    assert os.environ["KUBECONFIG"] == "/somewhere"


def test_our_tools_come_before_the_users(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    folders = engine_environment(TOOLCHAIN)["PATH"].split(os.pathsep)
    assert folders == [str(Path(sys.executable).parent), "/tools/a", "/tools/b", "/usr/bin"]


def test_a_program_finds_the_checkouts_packages(checkout: Path) -> None:
    assert engine_environment(TOOLCHAIN)["PYTHONPATH"] == str(ROOT)


def test_the_engine_fetches_and_asks_for_nothing(checkout: Path) -> None:
    environment = engine_environment(TOOLCHAIN)
    for name in (
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
        "PULUMI_SKIP_UPDATE_CHECK",
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER",
    ):
        assert environment[name] == "true"


def test_state_stands_in_the_checkout_with_a_passphrase_of_its_owner_alone(checkout: Path) -> None:
    environment = engine_environment(TOOLCHAIN)
    assert environment["PULUMI_BACKEND_URL"] == f"file://{checkout / '.local' / 'state'}"
    file = Path(environment[KEPT])
    assert file == checkout / ".local" / "passphrase"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) >= 32
    assert stat.S_IMODE((checkout / ".local" / "state").stat().st_mode) == 0o700


def test_a_passphrase_is_made_once(checkout: Path) -> None:
    first = Path(engine_environment(TOOLCHAIN)[KEPT]).read_text()
    assert Path(engine_environment(TOOLCHAIN)[KEPT]).read_text() == first
    assert {item.name for item in (checkout / ".local").iterdir()} == {"state", "passphrase"}


def test_two_first_runs_at_once_end_up_with_one_passphrase(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link
    others: list[str] = []

    def interrupted(source: Path, target: Path) -> None:
        if not others:
            others.append("")
            others[0] = Path(engine_environment(TOOLCHAIN)[KEPT]).read_text()
        link(source, target)

    monkeypatch.setattr(os, "link", interrupted)
    assert Path(engine_environment(TOOLCHAIN)[KEPT]).read_text() == others[0]
    assert {item.name for item in (checkout / ".local").iterdir()} == {"state", "passphrase"}


def test_the_users_own_backend_wins_with_the_passphrase_that_it_has(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    environment = engine_environment(TOOLCHAIN)
    assert environment["PULUMI_BACKEND_URL"] == "s3://states"
    assert KEPT not in environment
    assert not (checkout / ".local").exists()


@pytest.mark.parametrize("url", ["file://.", "file://./states", "file://states/here"])
def test_a_backend_that_is_another_folder_from_each_project_is_refused(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    with pytest.raises(Refusal, match=f"PULUMI_BACKEND_URL={url} is a relative path"):
        engine_environment(TOOLCHAIN)
    assert not (checkout / ".local").exists()


@pytest.mark.parametrize("url", ["file:///states", "file://~/states", "file://~"])
@pytest.mark.usefixtures("checkout")
def test_a_backend_in_a_folder_by_its_whole_path_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    assert engine_environment(TOOLCHAIN)["PULUMI_BACKEND_URL"] == url


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", KEPT])
def test_the_users_own_passphrase_wins(checkout: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "theirs")
    environment = engine_environment(TOOLCHAIN)
    assert environment[name] == "theirs"
    assert not (checkout / ".local" / "passphrase").exists()
    assert {"PULUMI_CONFIG_PASSPHRASE", KEPT} & set(environment) == {name}
