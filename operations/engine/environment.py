"""The engine's environment: our tools first, the state where it belongs, and nothing ambient."""

import os
import secrets
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from operations.engine.backend_folder import backend_folder
from operations.engine.salt import passphrase_file
from operations.paths import LOCAL, ROOT, local_folder
from operations.toolchain import Toolchain
from shared.refusal import Refusal

_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_AMBIENT = ("KUBECONFIG", "KUBE_CONTEXT")
"""What could lead a stack to a cluster that it was not given."""


def engine_environment(toolchain: Toolchain) -> dict[str, str]:
    """The environment variables for a run of the engine.

    The user's own backend and passphrase win; otherwise the state stands in the checkout's `.local`, with a
    generated passphrase of mode 0600.

    Args:
        toolchain: where the engine, its language host and its provider are.

    Raises:
        Refusal: the backend is a folder by a relative path.
    """
    _refuse_relative(os.environ.get("PULUMI_BACKEND_URL", ""))
    environment = {key: value for key, value in os.environ.items() if key not in _AMBIENT}
    # The language host built from source runs the `python` that is first on PATH.
    folders = [str(Path(sys.executable).parent), *map(str, toolchain.bin_folders)]
    environment["PATH"] = os.pathsep.join([*folders, environment.get("PATH", "")])
    environment["PYTHONPATH"] = str(ROOT)
    environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
    environment["PULUMI_SKIP_UPDATE_CHECK"] = "true"
    # The settings files stay as their authors wrote them; what encrypts a stack is known from its state.
    environment["PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"] = "true"
    if not environment.get("PULUMI_BACKEND_URL"):
        environment["PULUMI_BACKEND_URL"] = f"file://{local_folder('state')}"
        if not any(environment.get(name) for name in _PASSPHRASES):
            environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase_file())
    return environment


def _refuse_relative(url: str) -> None:
    """The engine runs in each project's folder, and a relative path would lead to another backend from each."""
    if urlsplit(url).scheme == "file" and backend_folder(url) is None:
        raise Refusal(
            f"PULUMI_BACKEND_URL={url} is a relative path, which leads to another folder from each project.",
            "Give the folder's whole path (file:///...), or one in your home (file://~/...).",
        )


def exports(toolchain: Toolchain) -> dict[str, str]:
    """What has to be set for `pulumi` by hand to see the same stacks: no secret among it, only where it stands."""
    environment = engine_environment(toolchain)
    return {key: value for key, value in environment.items() if os.environ.get(key) != value}


def _passphrase_file() -> Path:
    file = passphrase_file()
    if not file.exists():
        descriptor, name = tempfile.mkstemp(dir=LOCAL, prefix="passphrase.")  # of mode 0600
        temporary = Path(name)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(32))
        # Two first runs at once must not end up with two passphrases: the link fails where there is one already.
        try:
            os.link(temporary, file)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return file
