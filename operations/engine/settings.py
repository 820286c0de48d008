"""A stack's settings as the engine gets them: its file as it is, and next to it what encrypts the stack."""

import os
import shutil
import tempfile
from pathlib import Path

import yaml

from operations.engine.project import StackId
from operations.engine.salt import KEY
from operations.paths import local_folder, shown
from operations.settings.document import read_text

_ENCRYPTION = ("secretsprovider", "encryptedkey", KEY)
"""What the engine writes into a settings file: how the stack's secrets are encrypted."""


def engine_settings(stack: StackId, *, salt: str = "") -> Path:
    """Lay the settings file for a run of the engine, and return it.

    The engine writes a stack's encryption salt into its settings file. That would change a file that people commit
    with a value of this checkout's own passphrase, so it gets a copy in `.local`; where the settings file itself
    says how the stack is encrypted (a shared passphrase, KMS), the copy says so too.

    Args:
        stack: the stack to run.
        salt: the salt for a stack that has none yet; the engine makes one where empty.

    Raises:
        Refusal: the settings file is none that can be read.
        OSError: the copy cannot be written.
    """
    folder = local_folder("settings", stack.project.name)
    copy = folder / f"Pulumi.{stack.environment}.yaml"
    path = stack.project.settings_file(stack.environment)
    source = read_text(path, shown(path))
    given = _mapping(source)
    if not any(key in given for key in _ENCRYPTION):
        before = _mapping(copy.read_text()) if copy.exists() else {}
        kept = {key: before[key] for key in _ENCRYPTION if key in before}
        if salt and not kept:
            kept = {KEY: salt}
        source = source.rstrip("\n") + "\n" + (yaml.safe_dump(kept) if kept else "")
    # Two runs of one stack at once must not take each other's file away.
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=f"{copy.name}.")
    with os.fdopen(descriptor, "w") as stream:
        stream.write(source)
    Path(name).replace(copy)
    shutil.copyfile(stack.project.folder / "Pulumi.yaml", folder / "Pulumi.yaml")
    return copy


def are_changed(stack: StackId) -> bool:
    """Whether the settings say something else than at the stack's last run here."""
    copy = local_folder("settings", stack.project.name) / f"Pulumi.{stack.environment}.yaml"
    path = stack.project.settings_file(stack.environment)
    now, before = _mapping(read_text(path, shown(path))), _mapping(copy.read_text() if copy.exists() else "")
    return now.get("config") != before.get("config")


def _mapping(text: str) -> dict[str, object]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return document if isinstance(document, dict) else {}
