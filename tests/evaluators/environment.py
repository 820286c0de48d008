"""Evaluators in Python: each in a virtual environment of its own, in the user's cache."""

import hashlib
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

from filelock import FileLock
from uv import find_uv_bin

from operations.console import step
from operations.toolchain.tools import cache_folder


@cache
def python(name: str, requirements: Path) -> Path:
    """The Python of an environment with some requirements, created where it is not there.

    Args:
        requirements: the file that pins every package with its hashes.

    Raises:
        CalledProcessError: the packages cannot be had.
    """
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix}\n".encode() + requirements.read_bytes())
    environments = cache_folder() / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    folder = environments / f"{name}-{digest.hexdigest()[:16]}"
    stamp, program = folder / "complete", folder / "bin" / "python"
    with FileLock(environments / f"{name}.lock"):
        # An installer that was killed leaves packages that look whole.
        if not stamp.is_file() or not program.exists():
            with step(f"Creating the environment of {name} from {requirements.name}"):
                venv.create(folder, clear=True, symlinks=True)
                sync = (find_uv_bin(), "pip", "sync", "--quiet", "--require-hashes")
                subprocess.run([*sync, "--python", program, requirements], check=True)
            stamp.touch()
    return program
