"""The engine's environment: our tools first, the backend, the settings it is given, and nothing ambient.

Where the backend is a folder, states are read without a run of the engine: that takes 0.3 s a stack, which is more than
all the rest of a verb that reads many states.
"""

import argparse
import gzip
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from filelock import FileLock

from operations import checkout
from operations.checkout import ROOT, local_folder, settings_file, shown
from operations.toolchain import Toolchain
from shared.atomic import write_whole
from shared.errors import Refusal
from shared.stacks import Stack

_PASSPHRASES = {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"}
_AMBIENT = re.compile(r"KUBECONFIG|KUBE_CONTEXT|PULUMI_OPTION_.*|PULUMI_K8S_.*")
"""What could lead a stack to a cluster that it was not given, or the engine to options that no verb gave it."""

_ENCRYPTION = re.compile(r"^(secretsprovider|encryptedkey|encryptionsalt): *[\"']?([^\"'\s]+)", re.MULTILINE)

_WITH_SETTINGS = ("preview", "pre", "up", "update", "refresh", "destroy", "down", "import")
"""The engine's verbs that take `--config-file`, with their other names."""


def backend_folder(url: str) -> Path | None:
    """The engine's own folder, `.pulumi`, in a backend; it need not exist.

    None where the backend is not a folder, or one by a relative path, which only the engine can resolve.
    """
    parts = urlsplit(url)
    path = Path(unquote(parts.netloc + parts.path)).expanduser()
    return path / ".pulumi" if parts.scheme == "file" and path.is_absolute() else None


def state_files(folder: Path, pattern: str = "*/*") -> dict[Stack, Path]:
    """Each stack's state, by `project/stack`: the newer file where it was compressed since, or is no longer."""
    files = (folder / "stacks").glob(f"{pattern}.json*")
    states = [file for file in files if file.name.endswith((".json", ".json.gz"))]
    states.sort(key=lambda file: file.stat().st_mtime)
    return {
        Stack(file.parent.name, file.name.removesuffix(".gz").removesuffix(".json")): file for file in states
    }


def read_state_file(file: Path) -> dict[str, Any] | None:
    """Read a state as `pulumi stack export` prints it; its `deployment` is empty before the first deployment.

    None where it is being written, was cut off, no longer exists, or has another version's format.
    """
    try:
        data = file.read_bytes()
        document = json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)
        return {"deployment": document["checkpoint"].get("latest") or {}}
    except (EOFError, KeyError, TypeError, AttributeError, ValueError, OSError):
        return None


def inherited_variables() -> dict[str, str]:
    """This process's variables without what is ambient, and without an empty passphrase, which the engine would take.

    A pipeline sets one where its secret is missing. /dev/null, which is no ordinary file, asks for it by name.
    """
    found = {name: value for name, value in os.environ.items() if not _AMBIENT.fullmatch(name)}
    for name in _PASSPHRASES & found.keys():
        file = Path(found[name])
        if not (file.read_bytes() if name.endswith("_FILE") and file.is_file() else found[name]).strip():
            del found[name]
    return found


def engine_environment() -> dict[str, str]:
    """The environment variables for a run of the engine.

    The user's own backend and passphrase win; otherwise the states are in the checkout's `.local`, with a generated
    passphrase of mode 0600. Refusal where the backend is a folder by a relative path.
    """
    url = os.environ.get("PULUMI_BACKEND_URL", "")
    if urlsplit(url).scheme == "file" and backend_folder(url) is None:
        # The engine runs in each project's folder.
        raise Refusal(
            f"PULUMI_BACKEND_URL={url} is a relative path, which leads to another folder from each project.",
            "Give the folder's whole path (file:///...), or one in your home (file://~/...).",
        )
    environment = inherited_variables()
    # The language host built from source runs the `python` that is first on PATH.
    folders = [Path(sys.executable).parent, checkout.LOCAL / "bin", environment.get("PATH", "")]
    environment["PATH"] = os.pathsep.join(map(str, folders))
    environment["PYTHONPATH"] = str(ROOT)
    environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
    environment["PULUMI_SKIP_UPDATE_CHECK"] = "true"
    # What encrypts a stack is known from its state in the backend, unless its settings file says it.
    environment["PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"] = "true"
    if not url:
        environment["PULUMI_BACKEND_URL"] = f"file://{quote(str(local_folder('state')))}"
        if not _PASSPHRASES & environment.keys():
            own = checkout.LOCAL / "passphrase"
            environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(own)
            # Two first runs at once end up with one.
            with FileLock(local_folder("locks") / "passphrase.lock"):
                if not own.exists():
                    write_whole(own, secrets.token_urlsafe(32).encode(), mode=0o600)
    return environment


def refuse_missing_plugins(environment: Mapping[str, str]) -> None:
    """Refuse where the engine would not find the plugins of the AWS SDKs, in these SDKs' versions."""
    home = Path(environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    missing = [
        f"{name} {number}"
        for name, number in ((name, version(f"pulumi-{name}")) for name in ("aws", "eks"))
        if not (home / "plugins" / f"resource-{name}-v{number}").is_dir()
        and not shutil.which(f"pulumi-resource-{name}", path=environment["PATH"])
    ]
    if missing:
        raise Refusal(
            f"A cluster on EKS needs Pulumi plugins that are not installed: {', '.join(missing)}.",
            f"Install them: {'; '.join(f'pulumi plugin install resource {one}' for one in missing)}",
        )


def copy_settings(stack: Stack, folder: Path) -> Path:
    """Copy a stack's settings file into a run's own folder, and return the copy.

    The engine writes a stack's encryption salt, and all values as text, into the settings file that it is given.
    Refusal where the file names a key service, but not the key that it encrypted.
    """
    file = settings_file(stack)
    copy = folder / file.name
    if file.exists():
        shutil.copyfile(file, copy)
    encryption = encryption_of(copy)
    provider = encryption.get("secretsprovider", "")
    if ":" in provider and "encryptedkey" not in encryption:
        # The engine would create a key at each run, and write it into the copy.
        raise Refusal(
            f"{shown(file)} names the secretsprovider {provider}, but has no encryptedkey.",
            f"Run once, and commit the file: cd {shown(file.parent)} && pulumi stack change-secrets-provider "
            f"--stack {stack.name} '{provider}' (for a new stack: pulumi stack init {stack.name} "
            f"--secrets-provider '{provider}').",
        )
    return copy


def encryption_of(settings: Path) -> dict[str, str]:
    """What a settings file says of how its stack is encrypted, by key; empty where it says nothing."""
    return dict(_ENCRYPTION.findall(settings.read_text())) if settings.exists() else {}


def shell_lines(toolchain: Toolchain) -> list[str]:
    """What a shell evaluates so that `pulumi` by hand sees the same stacks; no secret is among it.

    `pulumi` becomes a function that gives the verbs a copy of the settings file, as ours get.
    """
    environment = engine_environment()
    # make has set PYTHONPATH, but for its own commands alone.
    changed = {
        key: value
        for key, value in environment.items()
        if key == "PYTHONPATH" or os.environ.get(key) != value
    }
    call = shlex.join(
        [sys.executable, "-P", "-m", "operations.engine.environment", str(toolchain.path("pulumi"))]
    )
    return [
        *(f"export {key}={shlex.quote(value)}" for key, value in changed.items()),
        f'pulumi() {{ {call} "$@"; }}',
    ]


def _arguments_by_hand(pulumi: str, given: list[str]) -> list[str]:
    """What to run `pulumi` with that a person calls: verbs get a copy of the settings file, as ours do.

    `pulumi config` and all else runs as it was written.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("verb", nargs="?")
    parser.add_argument("-s", "--stack")
    parser.add_argument("-C", "--cwd", default=".")
    parser.add_argument("--config-file")
    # The values of these are not the verb.
    for option in ("--color", "--tracing", "--profiling", "--verbose", "-v", "--memprofilerate"):
        parser.add_argument(option)
    options, _ = parser.parse_known_args(given)
    if options.verb not in _WITH_SETTINGS or options.config_file:
        return given
    asked = [pulumi, "stack", "--show-name", "--cwd", options.cwd, "--non-interactive"]
    stack = options.stack or subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    settings = Path(options.cwd).resolve() / f"Pulumi.{stack.rpartition('/')[2]}.yaml"
    if not settings.exists() or encryption_of(settings):
        return given
    copy = local_folder("by-hand", settings.parent.name) / settings.name
    shutil.copyfile(settings, copy)
    after_verb = given.index(options.verb) + 1
    return [*given[:after_verb], "--config-file", str(copy), *given[after_verb:]]


if __name__ == "__main__":
    engine, *rest = sys.argv[1:]
    os.execve(engine, ["pulumi", *_arguments_by_hand(engine, rest)], inherited_variables())  # noqa: S606
