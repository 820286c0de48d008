"""The virtual environment: `.venv`, made from the hash-pinned requirements before anything else can run.

Run by the system's Python, with nothing but its standard library: `python3 operations/toolchain/venv.py`.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
OLDEST = (3, 11)
"""The oldest Python that the repository supports, as in pyproject.toml."""

_STAMP = "requirements.sha256"
_HEARTBEAT_SECONDS = 30
_LINES = 15
_FULL = ("no space left on device", "disk quota exceeded")
_NO_NETWORK = (
    "newconnectionerror",
    "connection refused",
    "name resolution",
    "network is unreachable",
    "max retries exceeded",
    "proxyerror",
    "dns error",
    "error sending request",
    "timed out",
)


class SetupError(Exception):
    """The environment cannot be made; the message says why and what to do about it."""


def check_python(version: "tuple[int, ...]") -> None:
    """Refuse a Python that is too old.

    Args:
        version: its major and minor version.

    Raises:
        SetupError: it is too old.
    """
    if version < OLDEST:
        have, need = (".".join(str(part) for part in one) for one in (version, OLDEST))
        raise SetupError(
            f"python3 is Python {have} ({sys.executable}); this repository needs {need} or later.\n"
            f"  Install Python {need} or later and put it first on PATH, then run `make setup` again."
        )


if __name__ == "__main__":
    # Before the rest, which an old Python cannot even read.
    try:
        check_python(sys.version_info[:2])
    except SetupError as error:
        sys.exit(str(error))


def main() -> int:
    """Make `.venv`, or leave it as it is where it was made from the same requirements.

    Returns:
        The exit code: 0, or 1 after one message.
    """
    try:
        with _alone(ROOT / ".local"):
            make(ROOT)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(
            f".venv could not be made: {error}.\n  Put this right, then run `make setup` again.\n"
        )
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; the next `make setup` makes .venv anew.\n")
        return 130
    return 0


def key(root: Path) -> str:
    """What the environment is made of: the requirements and the Python, as one hash.

    Args:
        root: the checkout's root folder.

    Raises:
        OSError: a requirements file is missing.
    """
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix}\n".encode())
    for name in REQUIREMENTS:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def valid(root: Path) -> bool:
    """Whether `.venv` was made to its end from the present requirements by this Python.

    Args:
        root: the checkout's root folder.
    """
    stamp = root / ".venv" / _STAMP
    return (
        (root / ".venv" / "bin" / "python").exists()
        and stamp.is_file()
        and stamp.read_text().strip() == key(root)
    )


def make(root: Path) -> None:
    """Make `.venv` from the requirements, unless it is there.

    An environment that was left half made or has other requirements is made anew: an installer that was
    killed leaves packages that look whole. What it downloaded stays in the installer's own cache.

    Args:
        root: the checkout's root folder.

    Raises:
        SetupError: the packages cannot be had or installed.
        OSError: the folder cannot be written.
    """
    if valid(root):
        return
    venv = root / ".venv"
    if venv.is_symlink():
        # What it points to belongs to another checkout.
        venv.unlink()
    begun = time.monotonic()
    _say(f"Python packages: making .venv from {' and '.join(REQUIREMENTS)}")
    base = getattr(sys, "_base_executable", sys.executable)
    _create([base, "-I", "-m", "venv", "--clear", str(venv)], root)
    python = str(venv / "bin" / "python")
    _install(python, root)
    # So that `pulumi` by hand finds the package `shared`; verbs set PYTHONPATH, which comes first.
    major, minor = sys.version_info[:2]
    packages = venv / "lib" / f"python{major}.{minor}" / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    (packages / "service-platform.pth").write_text(f"{root}\n")
    (venv / _STAMP).write_text(key(root) + "\n")
    _say(f"Python packages: installed in {time.monotonic() - begun:.1f} s")


def _create(command: Sequence[str], root: Path) -> None:
    code, output = _run(command, root)
    if code == 0:
        return
    if "ensurepip" in output or "No module named venv" in output:
        version = ".".join(str(part) for part in sys.version_info[:2])
        raise SetupError(
            f"This Python ({sys.executable}) has no venv module or no ensurepip, so .venv cannot be made.\n"
            f"  Install them (Debian and Ubuntu: apt-get install python{version}-venv), "
            "then run `make setup` again."
        )
    raise _failure("making .venv", output)


def _install(python: str, root: Path) -> None:
    """Install everything with uv, which takes a seventh of pip's time; with pip where uv cannot.

    uv reads none of pip's settings, so a mirror that is set for pip alone serves only pip.
    """
    files = [str(root / name) for name in REQUIREMENTS]
    pip = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--retries", "1"]
    pip += ["--disable-pip-version-check"]
    uv_alone = root / ".venv" / "uv.txt"
    uv_alone.write_text(pinned("uv", (root / REQUIREMENTS[1]).read_text()))
    code, output = _run([*pip, "--requirement", str(uv_alone)], root)
    if code == 0:
        uv = str(root / ".venv" / "bin" / "uv")
        code, _ = _run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, *files], root)
        if code != 0:
            _say("Python packages: uv could not install them, going on with pip")
            every = [argument for file in files for argument in ("--requirement", file)]
            code, output = _run([*pip, "--no-compile", *every], root)
    if code != 0:
        raise _failure("installing the Python packages", output)


def pinned(package: str, requirements: str) -> str:
    """One package's line of a requirements file, with its hashes.

    Args:
        package: its name.
        requirements: the file's text.

    Raises:
        SetupError: the file does not pin it.
    """
    lines = requirements.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(f"{package}=="):
            rest = lines[number:]
            last = next(index for index, one in enumerate(rest) if not one.endswith("\\"))
            return "\n".join(rest[: last + 1]) + "\n"
    raise SetupError(
        f"{REQUIREMENTS[1]} pins no {package}.\n  Add it to requirements-dev.in, run `make requirements`."
    )


def _failure(what: str, output: str) -> SetupError:
    low = output.lower()
    if any(sign in low for sign in _FULL):
        return SetupError(f"The disk is full: {what} failed.\n  Free 1 GiB, then run `make setup` again.")
    if any(sign in low for sign in _NO_NETWORK):
        return SetupError(
            f"No network: {what} failed, because the package index cannot be reached.\n"
            "  Connect this machine, or set PIP_INDEX_URL to an index that it can reach; "
            "then run `make setup` again."
        )
    last = "\n".join(f"    {line}" for line in output.rstrip().splitlines()[-_LINES:])
    return SetupError(f"{what.capitalize()} failed:\n{last}\n  Put this right, then run `make setup` again.")


def _run(command: Sequence[str], root: Path) -> tuple[int, str]:
    """Run a command to its end and say every half minute that it still runs."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        close_fds=False,
    )
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=_HEARTBEAT_SECONDS)
            except subprocess.TimeoutExpired:
                _say(f"Python packages: at work for {time.monotonic() - begun:.0f} s")
            else:
                return process.returncode, output
    except BaseException:
        process.kill()
        process.wait()
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other set-up of this checkout makes `.venv`."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "venv.lock").open("w") as lock:
        _lock(lock)
        # An installer that outlives a killed set-up keeps the lock with it.
        os.set_inheritable(lock.fileno(), True)
        yield


def _lock(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("Python packages: waiting for another set-up of this checkout")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
