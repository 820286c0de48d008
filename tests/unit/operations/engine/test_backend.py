"""A backend that is a folder: found by its URL, its states read without a run of the engine."""

import gzip
import json
import os
from pathlib import Path

import pytest

from operations.engine.environment import backend_folder, read_state_file, state_files
from shared.stacks import Stack

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
