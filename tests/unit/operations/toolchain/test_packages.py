"""`.venv` is created once from the hash-pinned requirements, and left for as long as it is what they pin."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from operations.toolchain import packages


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The script in a checkout whose requirements cannot be installed."""
    path = tmp_path / "a checkout" / "operations" / "toolchain" / "packages.py"
    path.parent.mkdir(parents=True)
    shutil.copyfile(packages.__file__, path)
    root = path.parents[2]
    for file in packages.REQUIREMENTS:
        (root / file.name).write_text("uv==0 --hash=sha256:0\n")
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").touch()
    key = subprocess.check_output(
        [sys.executable, "-c", "import packages; print(packages.key(), end='')"], cwd=path.parent, text=True
    )
    (root / ".venv" / packages.STAMP.name).write_text(key)
    return path


def run(script: Path) -> "subprocess.CompletedProcess[str]":
    offline = {"PATH": os.defpath, "PIP_NO_INDEX": "1", "HOME": str(script.parent)}
    return subprocess.run(
        [sys.executable, "-S", script], capture_output=True, text=True, check=False, env=offline
    )


def test_a_valid_environment_is_left_as_it_is(script: Path) -> None:
    done = run(script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("changed", ["requirements", "no stamp", "no Python"])
def test_an_environment_of_other_requirements_or_half_created_is_not_valid(
    script: Path, changed: str
) -> None:
    root = script.parents[2]
    if changed == "requirements":
        (root / "requirements.txt").write_text("other==1\n")
    elif changed == "no stamp":
        (root / ".venv" / packages.STAMP.name).unlink()
    else:
        (root / ".venv" / "bin" / "python").unlink()
    assert not subprocess.call(
        [sys.executable, "-c", "import packages; assert not packages.valid()"], cwd=script.parent
    )


def test_what_another_checkout_owns_is_left_to_it_and_a_failure_is_told(script: Path) -> None:
    root = script.parents[2]
    (root / "requirements.txt").write_text("other==1\n")
    (root / ".venv").rename(root / "theirs")
    (root / ".venv").symlink_to(root / "theirs")
    done = run(script)
    assert done.returncode == 1
    assert ".venv could not be created" in done.stderr
    assert "make setup" in done.stderr
    assert "Traceback" not in done.stderr
    assert (root / "theirs" / "bin" / "python").exists()
    assert not (root / ".venv").is_symlink()
    assert not (root / ".venv" / packages.STAMP.name).exists()


def test_the_requirements_pin_what_installs_them() -> None:
    needed, development = (file.read_text() for file in packages.REQUIREMENTS)
    assert re.search(r"^uv==\S+ \\\n +--hash", development, re.MULTILINE)
    for package in ("pip", "hatchling"):
        assert re.search(rf"^{package}==", needed + development, re.MULTILINE), package
