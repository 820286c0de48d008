"""From the engine's settings to a typed model, with every mistake told at once."""

import difflib
import json
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar, get_args

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from shared.refusal import Refusal


class Settings(BaseModel):
    """A stack's settings: immutable, and nothing in them that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


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
        Refusal: a value is wrong, missing or unknown; all of them in one message.
    """
    project = pulumi.get_project()
    given = {**get_config_env(), **CONFIG.get()}
    values = {
        key.removeprefix(f"{project}:"): _decoded(value)
        for key, value in given.items()
        if key.startswith(f"{project}:") and value != ""
    }
    return parse(model, values, project=project, file=settings_file())


def parse(model: type[Model], values: Mapping[str, Any], *, project: str, file: str) -> Model:
    """Check settings against their model.

    Args:
        model: the settings that the project has.
        values: the settings by name, without the project's prefix.
        project: the project's name, for messages.
        file: the settings file, for messages.

    Raises:
        Refusal: a value is wrong, missing or unknown; all of them in one message.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        lines = [_line(detail, model, project) for detail in error.errors(include_url=False)]
    raise Refusal(
        f"{file} has {len(lines)} wrong setting{'s' if len(lines) > 1 else ''}:\n" + "\n".join(lines),
        "Nothing was changed. Correct the file and run the command again.",
    )


def _decoded(value: Any) -> Any:
    """The engine passes an object or a list as JSON text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _known(detail: ErrorDetails, model: type[Settings]) -> list[str]:
    """The settings that there are in the place of an unknown one."""
    first, *inner = detail["loc"]
    models = _models(model.model_fields[str(first)].annotation) if inner else [model]
    return [name for known in models for name in known.model_fields]


def _models(annotation: Any) -> list[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _line(detail: ErrorDetails, model: type[Settings], project: str) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(detail["loc"][-1]), _known(detail, model), n=1)
        known = f"; did you mean {near[0]}?" if near else ""
        return f"    {project}:{key}: there is no such setting{known}"
    if detail["type"] == "missing":
        return f"    {project}:{key}: is required"
    reason = detail["msg"].removeprefix("Value error, ")
    if not key:
        return f"    {reason}"
    secret = pulumi.runtime.is_config_secret(f"{project}:{detail['loc'][0]}")
    given = "(a secret)" if secret else repr(detail["input"])
    return f"    {project}:{key} is {given}: {reason[:1].lower()}{reason[1:]}"
