"""The salt that all stacks of the checkout's own passphrase share, so that a run derives one key."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from operations.engine.environment import engine_environment
from operations.engine.project import StackId
from operations.engine.salt import is_own_passphrase, keep_salt, passphrase_file, shared_salt
from operations.engine.settings import engine_settings

TOOLCHAIN: Any = SimpleNamespace(bin_folders=[])
SALT = "v1:salt:v1:message"


@pytest.fixture
def made(checkout: Path) -> Path:
    """The settings of a stack that the engine made under the checkout's own passphrase."""
    engine_environment(TOOLCHAIN)
    file = checkout / "made.yaml"
    file.write_text(f"config: {{}}\nencryptionsalt: {SALT}\n")
    return file


def test_the_salt_of_the_first_stack_is_that_of_all_to_come(made: Path, stack: StackId) -> None:
    assert shared_salt() == ""
    keep_salt(made)
    assert shared_salt() == SALT
    made.write_text("encryptionsalt: v1:another\n")
    keep_salt(made)
    assert shared_salt() == SALT
    assert yaml.safe_load(engine_settings(stack, salt=shared_salt()).read_text())["encryptionsalt"] == SALT


def test_a_stack_keeps_the_salt_that_it_has(made: Path, stack: StackId) -> None:
    copy = engine_settings(stack)
    copy.write_text(copy.read_text() + "encryptionsalt: v1:own\n")
    assert yaml.safe_load(engine_settings(stack, salt=SALT).read_text())["encryptionsalt"] == "v1:own"


def test_settings_that_say_how_they_are_encrypted_get_no_salt(made: Path, stack: StackId) -> None:
    file = stack.project.settings_file("dev")
    file.write_text(file.read_text() + "secretsprovider: awskms://alias/platform\n")
    assert "encryptionsalt" not in yaml.safe_load(engine_settings(stack, salt=SALT).read_text())


def test_a_stack_without_a_salt_leaves_none(made: Path) -> None:
    made.write_text("secretsprovider: awskms://alias/platform\n")
    keep_salt(made)
    assert shared_salt() == ""


def test_a_newer_passphrase_has_no_use_for_the_old_salt(made: Path) -> None:
    keep_salt(made)
    later = passphrase_file().stat().st_mtime_ns + 10**10
    os.utime(passphrase_file(), ns=(later, later))
    assert shared_salt() == ""


def test_a_salt_is_readable_by_its_owner_alone(made: Path, checkout: Path) -> None:
    keep_salt(made)
    assert (checkout / ".local" / "salt").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "own",
    [
        {"PULUMI_CONFIG_PASSPHRASE": "mine"},
        {"PULUMI_CONFIG_PASSPHRASE_FILE": "/mine"},
        {"PULUMI_BACKEND_URL": "file:///elsewhere"},
    ],
)
def test_the_users_own_passphrase_or_backend_shares_no_salt(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, own: dict[str, str]
) -> None:
    assert is_own_passphrase(engine_environment(TOOLCHAIN))
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    assert not is_own_passphrase(engine_environment(TOOLCHAIN))
