"""Changing a settings file as a person would: the lines that change, and no other."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from operations.engine.project import StackId
from operations.paths import shown
from operations.settings.document import read_document
from shared.settings.mistakes import refuse

ABSENT = object()
"""In place of a value: the setting is to be removed."""


def read_settings(stack: StackId) -> dict[str, Any]:
    """A stack's own settings by name, without the project's prefix, as its file has them."""
    prefix = f"{stack.project.name}:"
    config = load_document(stack.project.settings_file(stack.environment)).get("config") or {}
    return {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}


def change_settings(stack: StackId, changes: dict[str, Any]) -> bool:
    """Change some of a stack's settings; comments, order and everything else in the file stay.

    Args:
        stack: whose settings.
        changes: the new values by name, without the project's prefix; ABSENT removes one.

    Returns:
        Whether the file was changed.

    Raises:
        OSError: the file cannot be written; it is then as it was.
    """
    file = stack.project.settings_file(stack.environment)
    document = load_document(file)
    config = document.setdefault("config", CommentedMap())
    before = dump_document(document)
    for name, value in changes.items():
        key = f"{stack.project.name}:{name}"
        if value is ABSENT:
            config.pop(key, None)
        else:
            _set(config, key, value)
    after = dump_document(document)
    if after == before:
        return False
    temporary = file.with_suffix(".new")
    temporary.write_text(after)
    temporary.replace(file)
    return True


def _set(where: CommentedMap, key: str, value: Any) -> None:
    """Set a value; of a map the entries that change alone, so that the comments between the others stay."""
    existing = where.get(key)
    if isinstance(existing, CommentedMap) and isinstance(value, Mapping):
        for gone in [name for name in existing if name not in value]:
            del existing[gone]
        for name, own in value.items():
            _set(existing, name, own)
    elif key not in where or (existing != value and (existing or value)):
        where[key] = value


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


def load_document(file: Path) -> CommentedMap:
    """A settings file with its comments and order.

    Raises:
        Refusal: it is none that can be read.
    """
    refuse(shown(file), read_document(file, shown(file)).wrong)
    return _yaml().load(file.read_text()) or CommentedMap()


def dump_document(document: CommentedMap) -> str:
    """A settings file's text."""
    stream = StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()
