"""From the engine's settings to a typed model, with every mistake told at once."""

import json
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from shared.settings.mistakes import mistakes, refuse
from shared.settings.model import Settings

__all__ = ["PROJECT_FOLDER", "Settings", "decoded", "load", "parse", "settings_file"]

PROJECT_FOLDER: ContextVar[Path | None] = ContextVar("PROJECT_FOLDER", default=None)
"""The running project's folder, where it is not the current one."""

Model = TypeVar("Model", bound=Settings)


def settings_file() -> str:
    """The running stack's settings file, relative to the checkout, as messages name it."""
    folder = PROJECT_FOLDER.get() or Path.cwd()
    root = Path(__file__).resolve().parents[2]
    relative = folder.relative_to(root) if folder.is_relative_to(root) else Path(folder.name)
    return str(relative / f"Pulumi.{pulumi.get_stack()}.yaml")


def load(model: type[Model]) -> Model:
    """Read the running stack's settings.

    Args:
        model: the settings that the project has.

    Raises:
        Refusal: a value is wrong, missing or unknown, or settings contradict each other; all in one message.
    """
    project = pulumi.get_project()
    prefix = f"{project}:"
    given = {**get_config_env(), **CONFIG.get()}
    values = {
        key.removeprefix(prefix): decoded(value)
        for key, value in given.items()
        if key.startswith(prefix) and value != ""
    }
    secret = {name for name in values if pulumi.runtime.is_config_secret(f"{prefix}{name}")}
    return parse(model, values, project=project, file=settings_file(), masked=secret)


def parse(
    model: type[Model],
    values: Mapping[str, Any],
    *,
    project: str,
    file: str,
    masked: Collection[str] = (),
) -> Model:
    """Check settings against their model.

    Args:
        model: the settings that the project has.
        values: the settings by name, without the project's prefix.
        project: the project's name, for messages.
        file: the settings file, for messages.
        masked: the names of those whose values are secret.

    Raises:
        Refusal: a value is wrong, missing or unknown, or settings contradict each other; all in one message.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError:
        refuse(file, mistakes(model, values, project=project, masked=masked))
        raise


def decoded(value: Any) -> Any:
    """A value as the program uses it: the engine passes an object or a list as JSON text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
