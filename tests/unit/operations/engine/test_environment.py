"""The engine's environment: our tools first, the state where it belongs, and nothing ambient."""

import gzip
import json
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from operations import checkout as places
from operations.checkout import ROOT, settings_file
from operations.engine.environment import (
    backend_folder,
    copy_settings,
    encryption_of,
    engine_environment,
    read_state_file,
    refuse_missing_plugins,
    shell_lines,
    state_files,
)
from shared.errors import Refusal
from shared.stacks import Stack

TOOLCHAIN: Any = SimpleNamespace(path=Path)
KEPT = "PULUMI_CONFIG_PASSPHRASE_FILE"


def test_our_tools_come_before_the_users(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    ambient = {"KUBECONFIG", "KUBE_CONTEXT", "PULUMI_K8S_DELETE_UNREACHABLE", "PULUMI_OPTION_REFRESH"}
    for name in ambient:
        monkeypatch.setenv(name, "/somewhere")
    assert not ambient & engine_environment().keys()
    folders = engine_environment()["PATH"].split(os.pathsep)
    assert folders == [str(Path(sys.executable).parent), str(checkout / ".local" / "bin"), "/usr/bin"]


def test_plugins_are_found_in_pulumis_folder_or_on_path_and_missing_ones_are_named(tmp_path: Path) -> None:
    environment = {"PULUMI_HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}
    aws, eks = (f"{name} {version(f'pulumi-{name}')}" for name in ("aws", "eks"))
    with pytest.raises(Refusal) as both:
        refuse_missing_plugins(environment)
    assert f"pulumi plugin install resource {aws}; pulumi plugin install resource {eks}" in both.value.remedy
    (tmp_path / "plugins" / f"resource-{aws.replace(' ', '-v')}").mkdir(parents=True)
    with pytest.raises(Refusal) as one:
        refuse_missing_plugins(environment)
    assert one.value.fact.endswith(f": {eks}.")
    program = tmp_path / "bin" / "pulumi-resource-eks"
    program.parent.mkdir()
    program.touch(0o755)
    refuse_missing_plugins(environment)


def test_state_stands_in_the_checkout_with_a_passphrase_of_its_owner_alone(checkout: Path) -> None:
    environment = engine_environment()
    assert environment["PULUMI_BACKEND_URL"] == f"file://{checkout / '.local' / 'state'}"
    file = Path(environment[KEPT])
    assert file == checkout / ".local" / "passphrase"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) >= 32
    assert stat.S_IMODE((checkout / ".local" / "state").stat().st_mode) == 0o700


def test_two_first_runs_at_once_end_up_with_one_passphrase(checkout: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda _: Path(engine_environment()[KEPT]).read_text(), range(8)))
    assert len(set(files)) == 1


@pytest.mark.parametrize("name", ["my platform", "job#12", "what?", "a%2Fb", "it's", "50%", "ünï"])
def test_state_stays_in_a_checkout_whose_path_means_something_in_an_address(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "LOCAL", tmp_path / name)
    url = engine_environment()["PULUMI_BACKEND_URL"]
    assert backend_folder(url) == tmp_path / name / "state" / ".pulumi"
    assert not urlsplit(url).query + urlsplit(url).fragment


@pytest.mark.parametrize("url", ["file://.", "file://./states", "file://states/here"])
def test_a_backend_that_is_another_folder_from_each_project_is_refused(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    with pytest.raises(Refusal, match=f"PULUMI_BACKEND_URL={url} is a relative path"):
        engine_environment()
    assert not (checkout / ".local").exists()


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", KEPT])
def test_the_users_own_passphrase_wins(checkout: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "theirs")
    environment = engine_environment()
    assert environment[name] == "theirs"
    assert not (checkout / ".local" / "passphrase").exists()
    assert {"PULUMI_CONFIG_PASSPHRASE", KEPT} & set(environment) == {name}


@pytest.mark.parametrize("url", ["", "s3://states"])
def test_a_passphrase_that_is_set_but_empty_counts_as_none_and_dev_null_asks_for_it_by_name(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    blank = tmp_path / "blank"
    blank.write_text(" \n")
    generated = {} if url else {KEPT: str(checkout / ".local" / "passphrase")}
    for text, file in (("", ""), (" ", ""), ("", str(blank)), ("\t", str(blank))):
        monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", text)
        monkeypatch.setenv(KEPT, file)
        environment = engine_environment()
        assert {name: value for name, value in environment.items() if "PASSPHRASE" in name} == generated
    monkeypatch.setenv(KEPT, "/dev/null")
    environment = engine_environment()
    assert {name: value for name, value in environment.items() if "PASSPHRASE" in name} == {KEPT: "/dev/null"}


def test_a_key_service_is_told_from_the_settings_with_the_key_that_it_encrypted(stack: Stack) -> None:
    settings_file(stack).write_text("config: {}\nsecretsprovider: 'awskms://key'\nencryptedkey: abc\n")
    assert encryption_of(settings_file(stack)) == {"secretsprovider": "awskms://key", "encryptedkey": "abc"}


def test_a_key_service_without_the_key_that_it_encrypted_is_refused(stack: Stack, tmp_path: Path) -> None:
    settings_file(stack).write_text("config: {}\nsecretsprovider: awskms://key?region=eu-west-1\n")
    with pytest.raises(Refusal, match=r"awskms://key\?region=eu-west-1, but has no encryptedkey"):
        copy_settings(stack, tmp_path)


def test_a_shell_gets_this_checkouts_programs_whatever_make_has_set_for_itself(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert f"export PYTHONPATH={ROOT}" in shell_lines(TOOLCHAIN)


# A backend that is a folder

DAY = Stack("day-service-app", "dev")
COMPLETE = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": []}}}).encode()
PACKED = gzip.compress(COMPLETE, mtime=0)


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///var/states", "/var/states/.pulumi"),
        ("file:///var/my%20states", "/var/my states/.pulumi"),
        ("file://~/states", "~/states/.pulumi"),
        ("file://~", "~/.pulumi"),
        ("file://./states", None),
        ("s3://states", None),
        ("https://api.pulumi.com", None),
    ],
)
def test_a_backends_folder_is_known_by_its_url(url: str, folder: str | None) -> None:
    assert backend_folder(url) == (Path(folder).expanduser() if folder else None)


def write(folder: Path, name: str, content: bytes, age: float = 0) -> Path:
    file = folder / "stacks" / DAY.project / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (1_000_000 - age, 1_000_000 - age))
    return file


@pytest.mark.parametrize(("plain", "packed"), [(0, 10), (10, 0)])
def test_the_newer_file_is_the_state_where_compression_was_turned_on_or_off(
    tmp_path: Path, plain: float, packed: float
) -> None:
    files = [write(tmp_path, "dev.json", COMPLETE, plain), write(tmp_path, "dev.json.gz", PACKED, packed)]
    newer = files[plain > packed]
    assert state_files(tmp_path, str(DAY)) == {DAY: newer}
    assert state_files(tmp_path) == {DAY: newer}
    assert read_state_file(newer) == {"deployment": {"resources": []}}


def test_files_beside_states_are_not_states(tmp_path: Path) -> None:
    for name in ("dev.json.bak", "dev.json.attrs", "dev.json.17.tmp", "dev.json.damaged"):
        write(tmp_path, name, b"")
    assert state_files(tmp_path) == {}


INCOMPLETE = {
    "empty": ("dev.json", b""),
    "cut off": ("dev.json", COMPLETE[:-5]),
    "a list": ("dev.json", b"[]"),
    "null": ("dev.json", b"null"),
    "without a checkpoint": ("dev.json", b"{}"),
    "packed and cut off": ("dev.json.gz", PACKED[:-9]),
    "not packed": ("dev.json.gz", COMPLETE),
}


@pytest.mark.parametrize(("name", "content"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_an_incomplete_state_is_not_read(tmp_path: Path, name: str, content: bytes) -> None:
    assert read_state_file(write(tmp_path, name, content)) is None


def test_a_stack_that_was_never_deployed_has_an_empty_deployment(tmp_path: Path) -> None:
    assert read_state_file(write(tmp_path, "dev.json", b'{"checkpoint": {}}')) == {"deployment": {}}
