"""`.venv` is made once from the hash-pinned requirements, and anew where it was left half made."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from operations.paths import ROOT
from operations.toolchain import venv
from operations.toolchain.venv import SetupError


class Commands:
    """Stands for the programs that `.venv` is made with, and remembers what was run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ran: list[str] = []
        self.fails: dict[str, str] = {}

    def __call__(self, command: Sequence[str], _root: Path) -> tuple[int, str]:
        """Run a command in name alone."""
        text = " ".join(command)
        self.ran.append(text)
        for sign, output in self.fails.items():
            if sign in text:
                return 1, output
        if "--clear" in text:
            python = self.root / ".venv" / "bin" / "python"
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
            (self.root / ".venv" / "requirements.sha256").unlink(missing_ok=True)
        return 0, ""


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    (tmp_path / "requirements.txt").write_text("rich==1 \\\n    --hash=sha256:a\n")
    (tmp_path / "requirements-dev.txt").write_text(
        "mypy==1 --hash=sha256:b\nuv==2 \\\n    --hash=sha256:c \\\n    --hash=sha256:d\n    # via x\n"
    )
    fake = Commands(tmp_path)
    monkeypatch.setattr(venv, "_run", fake)
    return fake


def test_a_second_setup_runs_nothing(commands: Commands) -> None:
    venv.make(commands.root)
    assert commands.ran
    commands.ran.clear()
    venv.make(commands.root)
    assert commands.ran == []


@pytest.mark.parametrize("file", venv.REQUIREMENTS)
def test_changed_requirements_make_it_anew(commands: Commands, file: str) -> None:
    venv.make(commands.root)
    commands.ran.clear()
    path = commands.root / file
    path.write_text(path.read_text() + "six==1 --hash=sha256:e\n")
    venv.make(commands.root)
    assert "-m venv --clear" in commands.ran[0]


def test_another_python_makes_it_anew(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.make(commands.root)
    monkeypatch.setattr(sys, "base_prefix", "/elsewhere")
    assert not venv.valid(commands.root)


@pytest.mark.parametrize("step", ["venv --clear", "install", "sync"])
def test_killed_half_way_it_is_made_anew(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(command: Sequence[str], root: Path) -> tuple[int, str]:
        result = commands(command, root)
        if step in " ".join(command):
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(venv, "_run", killed)
    with pytest.raises(KeyboardInterrupt):
        venv.make(commands.root)
    assert not venv.valid(commands.root)
    monkeypatch.setattr(venv, "_run", commands)
    venv.make(commands.root)
    assert venv.valid(commands.root)


def test_a_link_to_a_valid_environment_is_left(commands: Commands) -> None:
    venv.make(commands.root)
    (commands.root / ".venv").rename(commands.root / "shared")
    (commands.root / ".venv").symlink_to(commands.root / "shared")
    commands.ran.clear()
    venv.make(commands.root)
    assert commands.ran == []


def test_a_link_to_another_environment_is_replaced_and_its_target_kept(commands: Commands) -> None:
    other = commands.root / "other" / "bin" / "python"
    other.parent.mkdir(parents=True)
    other.touch()
    (commands.root / ".venv").symlink_to(commands.root / "other")
    venv.make(commands.root)
    assert other.exists()
    assert not (commands.root / ".venv").is_symlink()


def test_everything_is_installed_with_hashes_and_uv_itself_first(commands: Commands) -> None:
    venv.make(commands.root)
    assert all("--require-hashes" in line for line in commands.ran[1:])
    assert "uv.txt" in commands.ran[1]
    text = (commands.root / ".venv" / "uv.txt").read_text()
    assert text == "uv==2 \\\n    --hash=sha256:c \\\n    --hash=sha256:d\n"


def test_where_uv_fails_pip_goes_on(commands: Commands, capsys: pytest.CaptureFixture[str]) -> None:
    commands.fails["uv pip sync"] = "dns error"
    venv.make(commands.root)
    assert "-m pip install" in commands.ran[-1]
    assert "going on with pip" in capsys.readouterr().err


def test_it_says_what_it_does_and_how_long_it_took(
    commands: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    venv.make(commands.root)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Python packages: making .venv from requirements.txt and requirements-dev.txt"
    assert lines[-1].startswith("Python packages: installed in 0.")


@pytest.mark.parametrize(
    ("output", "fact", "remedy"),
    [
        ("ProxyError: Cannot connect to proxy.", "No network", "PIP_INDEX_URL"),
        ("NewConnectionError: failed to establish", "No network", "Connect this machine"),
        ("OSError: [Errno 28] No space left on device", "The disk is full", "Free 1 GiB"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "MATCH THE HASHES", "Put this right"),
    ],
)
def test_a_failed_install_is_one_message(commands: Commands, output: str, fact: str, remedy: str) -> None:
    commands.fails["pip install"] = output
    with pytest.raises(SetupError, match=fact) as refused:
        venv.make(commands.root)
    assert remedy in str(refused.value)
    assert not venv.valid(commands.root)


@pytest.mark.parametrize("output", ["No module named venv", "ensurepip is not available"])
def test_a_python_without_venv_is_one_message(commands: Commands, output: str) -> None:
    commands.fails["-m venv"] = output
    with pytest.raises(SetupError, match="apt-get install python3"):
        venv.make(commands.root)


@pytest.mark.parametrize("version", [(2, 7), (3, 8), (3, 10)])
def test_an_old_python_is_one_message(version: tuple[int, int]) -> None:
    with pytest.raises(SetupError, match=r"needs 3\.11 or later"):
        venv.check_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 14), (4, 0)])
def test_a_newer_python_will_do(version: tuple[int, int]) -> None:
    venv.check_python(version)


def test_the_repositorys_requirements_pin_uv_and_pip() -> None:
    assert venv.pinned("uv", (ROOT / "requirements-dev.txt").read_text()).count("--hash") > 0
    assert "\npip==" in (ROOT / "requirements.txt").read_text()


def test_run_by_a_bare_python_a_valid_environment_takes_no_time(tmp_path: Path) -> None:
    script = tmp_path / "operations" / "toolchain" / "venv.py"
    script.parent.mkdir(parents=True)
    script.write_bytes(Path(venv.__file__).read_bytes())
    for name in venv.REQUIREMENTS:
        (tmp_path / name).write_text("")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    (tmp_path / ".venv" / "requirements.sha256").write_text(venv.key(tmp_path))
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", script], capture_output=True, text=True, check=False, env={"PATH": os.devnull}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - begun < 1
