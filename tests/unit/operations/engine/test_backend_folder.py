"""A backend that is a folder: found by its URL, its states read without the engine."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from operations.engine.backend_folder import backend_folder, read_state_file, state_file, state_files

WHOLE = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": []}}}).encode()
PACKED = gzip.compress(WHOLE, mtime=0)


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
    file = folder / "stacks" / "day-service-app" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (1_000_000 - age, 1_000_000 - age))
    return file


@pytest.mark.parametrize(("plain", "packed"), [(0, 10), (10, 0)])
def test_the_newer_one_is_the_state_where_it_was_packed_or_unpacked_since(
    tmp_path: Path, plain: float, packed: float
) -> None:
    files = [write(tmp_path, "dev.json", WHOLE, plain), write(tmp_path, "dev.json.gz", b"", packed)]
    newer = files[plain > packed]
    assert state_file(tmp_path, "day-service-app", "dev") == newer
    assert state_files(tmp_path) == {("day-service-app", "dev"): newer}


def test_what_lies_beside_states_is_none(tmp_path: Path) -> None:
    for name in ("dev.json.bak", "dev.json.attrs", "dev.json.17.tmp", "dev.json.damaged"):
        write(tmp_path, name, b"")
    assert state_files(tmp_path) == {}
    assert state_file(tmp_path, "day-service-app", "dev") is None


@pytest.mark.parametrize(
    ("name", "content"), [("dev.json", WHOLE), ("dev.json.gz", PACKED)], ids=["plain", "packed"]
)
def test_a_state_is_read_packed_or_not(tmp_path: Path, name: str, content: bytes) -> None:
    assert read_state_file(write(tmp_path, name, content)) == {"deployment": {"resources": []}}


HALVES = {
    "empty": ("dev.json", b""),
    "cut off": ("dev.json", WHOLE[:-5]),
    "a list": ("dev.json", b"[]"),
    "nothing": ("dev.json", b"null"),
    "no checkpoint": ("dev.json", b"{}"),
    "checkpoint of nothing": ("dev.json", b'{"checkpoint": null}'),
    "empty and packed": ("dev.json.gz", b""),
    "packed and cut off": ("dev.json.gz", PACKED[:-9]),
    "not packed": ("dev.json.gz", WHOLE),
}


@pytest.mark.parametrize(("name", "content"), HALVES.values(), ids=HALVES)
def test_half_a_state_is_no_state(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(ValueError):
        read_state_file(write(tmp_path, name, content))


def test_a_stack_that_was_never_deployed_has_an_empty_deployment(tmp_path: Path) -> None:
    never: Any = {"checkpoint": {"latest": None}}
    assert read_state_file(write(tmp_path, "dev.json", json.dumps(never).encode())) == {"deployment": {}}
