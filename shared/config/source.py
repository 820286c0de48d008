"""The running program's settings, as the engine passes them."""

import json
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pulumi

from shared.config.model import Model, parse

PROJECT_FOLDER: ContextVar[Path | None] = ContextVar("PROJECT_FOLDER", default=None)
"""The running project's folder; the current folder where None."""


def settings_file() -> str:
    """The running stack's settings file, relative to the checkout, as messages name it."""
    folder = PROJECT_FOLDER.get() or Path.cwd()
    root = Path(__file__).resolve().parents[2]
    relative = folder.relative_to(root) if folder.is_relative_to(root) else Path(folder.name)
    return str(relative / f"Pulumi.{pulumi.get_stack()}.yaml")


def load(model: type[Model]) -> Model:
    """Read the running stack's settings; Refusal where they are invalid (see shared.config.model.parse)."""
    prefix = f"{pulumi.get_project()}:"
    unknown = [key.removeprefix(prefix) for key in pulumi.runtime.get_config_env() if key.startswith(prefix)]
    names = dict.fromkeys([*model.model_fields, *unknown])
    values = {name: _decoded(pulumi.runtime.get_config(f"{prefix}{name}")) for name in names}
    return parse(
        model,
        {name: value for name, value in values.items() if value not in (None, "")},
        file=settings_file(),
        secret=[name for name in names if pulumi.runtime.is_config_secret(f"{prefix}{name}")],
    )


def _decoded(value: Any) -> Any:
    """The engine passes lists, mappings and null as JSON, and everything else as text."""
    if isinstance(value, str) and (value[:1] in ("{", "[") or value == "null"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
