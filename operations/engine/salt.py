"""The salt of the checkout's own passphrase: one for all stacks that are encrypted by it.

The engine derives a key from the passphrase and each salt that a run meets, its own stack's and those of the stacks
that it reads from, by a million rounds of PBKDF2: 0.2 s of CPU a salt. The passphrase is random and as long as a key,
so that a salt for each stack would add nothing to it.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from operations import paths

KEY = "encryptionsalt"
"""What the engine calls it in a settings file."""


def passphrase_file() -> Path:
    """Where the checkout's own passphrase stands, once there is one."""
    return paths.LOCAL / "passphrase"


def is_own_passphrase(environment: Mapping[str, str]) -> bool:
    """Whether a run of the engine encrypts by the checkout's own passphrase, not by one of the user's."""
    return environment.get("PULUMI_CONFIG_PASSPHRASE_FILE") == str(passphrase_file()) and not environment.get(
        "PULUMI_CONFIG_PASSPHRASE"
    )


def shared_salt() -> str:
    """The salt that stacks share; empty where there is none yet, or the passphrase is a newer one."""
    try:
        if _file().stat().st_mtime_ns < passphrase_file().stat().st_mtime_ns:
            return ""
        return _file().read_text().strip()
    except FileNotFoundError:
        return ""


def keep_salt(settings: Path) -> None:
    """Keep the salt that the engine made for a stack, for the stacks to come.

    Args:
        settings: the settings file that the engine wrote it into.
    """
    made = (yaml.safe_load(settings.read_text()) or {}).get(KEY)
    if not made or shared_salt():
        return
    descriptor, name = tempfile.mkstemp(dir=paths.LOCAL, prefix="salt.")
    with os.fdopen(descriptor, "w") as stream:
        stream.write(made)
    Path(name).replace(_file())


def _file() -> Path:
    return paths.LOCAL / "salt"
