"""Evaluators in Python: each in a virtual environment of its own, in the user's cache."""

import hashlib
import subprocess
import sys
import time
import venv
from functools import cache
from pathlib import Path

from filelock import FileLock
from uv import find_uv_bin

from operations.console import step
from operations.toolchain import cache as tools
from shared.refusal import Refusal

_STAMP = "complete"


@cache
def python(name: str, requirements: Path) -> Path:
    """The Python of an environment with some requirements, made where it is not there.

    Args:
        name: what the environment is for.
        requirements: the file that pins every package with its hashes.

    Raises:
        Refusal: the packages cannot be had.
        OSError: the user's cache cannot be written.
    """
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix}\n".encode() + requirements.read_bytes())
    environments = tools.folder().parent / "environments"
    environments.mkdir(exist_ok=True)
    folder = environments / f"{name}-{digest.hexdigest()[:16]}"
    program = folder / "bin" / "python"
    with FileLock(environments / f"{name}.lock"):
        # An installer that was killed leaves packages that look whole.
        if not (folder / _STAMP).is_file() or not program.exists():
            with step(f"Making the environment of {name} from {requirements.name}"):
                venv.create(folder, clear=True, symlinks=True)
                _install(name, program, requirements)
            (folder / _STAMP).write_text(f"{time.time():.0f}\n")
    return program


def _install(name: str, program: Path, requirements: Path) -> None:
    """Install with uv, and with pip where uv cannot: uv reads none of pip's settings, such as a mirror."""
    uv = [find_uv_bin(), "pip", "sync", "--quiet", "--require-hashes", "--python", str(program)]
    pip = [sys.executable, "-m", "pip", "--python", str(program), "install", "--quiet", "--require-hashes"]
    pip += ["--no-deps", "--disable-pip-version-check", "--retries", "1", "--requirement"]
    said = ""
    for command in (uv, pip):
        done = subprocess.run([*command, str(requirements)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        said = done.stderr.strip()
    raise Refusal(
        f"The environment of {name} could not be made: {said.splitlines()[-1] if said else 'pip says nothing'}",
        "Connect this machine, or set PIP_INDEX_URL to an index that it can reach.",
    )
