"""The Python packages: `.venv`, created from the hash-pinned requirements before anything else can run.

Run by the system's Python with nothing but its standard library: `python3 operations/toolchain/packages.py`.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "installed-from.sha256"
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]


def key() -> str:
    """What `.venv` is created from: the requirements, the Python and the place, which its scripts name."""
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix} {VENV.resolve()}".encode())
    for file in REQUIREMENTS:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def valid() -> bool:
    """Whether `.venv` was created to its end from the present requirements."""
    return (VENV / "bin" / "python").exists() and STAMP.is_file() and STAMP.read_text() == key()


def create(lock: int) -> None:
    """Create `.venv` from nothing, since an installer that was killed leaves packages that look whole.

    uv takes a seventh of pip's time. It reads none of pip's settings, so pip goes on where a mirror is set for pip.
    CalledProcessError where an installer failed, which has said why.
    """
    if VENV.is_symlink():
        # What it points to belongs to another checkout.
        VENV.unlink()
    venv.create(VENV, clear=True, symlinks=True, with_pip=True)
    uv_alone = VENV / "uv.txt"
    uv_alone.write_text("".join(re.findall(r"^uv==(?:.*\\\n)*.*", REQUIREMENTS[1].read_text(), re.MULTILINE)))
    python, uv = VENV / "bin" / "python", VENV / "bin" / "uv"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    files = [f"--requirement={file}" for file in REQUIREMENTS]
    run(lock, *pip, "--retries=1", "--require-hashes", "--requirement", uv_alone)
    try:
        run(lock, uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, *REQUIREMENTS)
    except subprocess.CalledProcessError:
        run(lock, *pip, "--require-hashes", *files)
    # The command line `platformctl`, and this checkout's packages for `pulumi` by hand.
    run(lock, *pip, "--no-index", "--no-build-isolation", "--editable", ROOT)
    STAMP.write_text(key())


def run(lock: int, *command: str | Path) -> None:
    """Run an installer, which keeps the lock where it outlives a killed set-up."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, pass_fds=(lock,))


def main() -> None:
    """Create `.venv`, or leave it where it was created from the same requirements."""
    (ROOT / ".local").mkdir(mode=0o700, exist_ok=True)
    with (ROOT / ".local" / "venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not valid():
            sys.stderr.write("Python packages: creating .venv ...\n")
            create(lock.fileno())


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - this file alone is run by whatever python3 there is
        sys.exit(
            f"python3 is Python {sys.version.split()[0]} ({sys.executable}); this repository needs 3.11 or later.\n"
            "  Install it and put it first on PATH, then run `make setup` again."
        )
    try:
        main()
    except ModuleNotFoundError:
        remedy = "Install it (Debian and Ubuntu: apt-get install python3-venv)."
        sys.exit(f"This Python has no ensurepip.\n  {remedy}")
    except subprocess.CalledProcessError as error:
        sys.exit(
            f".venv could not be created: {Path(error.cmd[0]).name} failed.\n  Where the package index cannot be "
            "reached, connect this machine or set PIP_INDEX_URL; where the disk is full, free 1 GiB; "
            "then run `make setup` again."
        )
    except OSError as error:
        sys.exit(f".venv could not be created: {error}.\n  Put this right, then run `make setup` again.")
    except KeyboardInterrupt:
        sys.exit(130)
