"""A stack's effective settings: each value as the program gets it, with where it came from."""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from operations.engine.project import StackId
from operations.paths import shown
from operations.settings.declared import read_declared, refused_by_engine
from operations.settings.file import SettingsFile, Written, read_settings_file
from shared.settings.application import ApplicationSettings
from shared.settings.mistakes import mistakes, refuse
from shared.settings.model import Settings, sound
from shared.settings.source import decoded


class Source(StrEnum):
    """Where a value came from."""

    SETTINGS = "settings"
    PROJECT = "project"
    PATTERN = "pattern"
    PROGRAM = "program"


@dataclass(frozen=True)
class Effective:
    """One setting.

    Args:
        name: its name, without the project.
        value: the value that the program uses; None where it is secret, or where nothing is set.
        source: where it came from.
        file: the file that it came from, relative to the checkout; empty for the program's own default.
        line: its line there, counted from 1; 0 where there is no file.
        secret: whether the value is secret.
    """

    name: str
    value: Any
    source: Source
    file: str = ""
    line: int = 0
    secret: bool = False


def model_of(stack: StackId) -> type[Settings]:
    """The settings that a stack's program has."""
    if not stack.is_infrastructure:
        return ApplicationSettings
    from infrastructure.settings import InfrastructureSettings  # noqa: PLC0415 - no application needs it

    return InfrastructureSettings


def check_settings(stack: StackId) -> None:
    """Refuse a stack's settings before anything runs, with everything that is wrong with them in one message.

    Encrypted values are left to the program, which alone can read them.

    Args:
        stack: the stack.

    Raises:
        Refusal: anything is wrong.
    """
    _read(stack)


def effective(stack: StackId) -> list[Effective]:
    """All settings of a stack, as its program would get them.

    Args:
        stack: the stack.

    Raises:
        Refusal: anything is wrong with them.
    """
    own, defaults, values = _read(stack)
    secret = {name for name, written in own.settings.items() if written.secret}
    settings = sound(model_of(stack), values, secret)
    found = [_one(stack, name, settings, own, defaults) for name in model_of(stack).model_fields]
    return [_named(one, stack, settings) for one in found]


def _read(stack: StackId) -> tuple[SettingsFile, dict[str, Written], dict[str, Any]]:
    own = read_settings_file(stack)
    declared = read_declared(stack.project)
    defaults = {name: one.default for name, one in declared.items() if one.default}
    written = {**defaults, **own.settings}
    values = {
        name: decoded(one.value)
        for name, one in written.items()
        if not one.secret and one.value not in ("", None)
    }
    unread = {name for name, one in written.items() if one.secret}
    model = model_of(stack)
    wrong = [*own.wrong, *mistakes(model, values, project=stack.project.name, unread=unread)]
    wrong += refused_by_engine(declared, own.settings, model, stack.project.name, wrong)
    if not wrong and model is ApplicationSettings:
        wrong += _no_namespace(stack, sound(model, values, unread))
    # Where settings are imported, some of them are known to the engine alone.
    refuse(own.file, own.wrong if own.imports else wrong)
    return own, defaults, values


def _no_namespace(stack: StackId, settings: Settings) -> list[str]:
    try:
        _namespace(stack, settings)
    except ValueError as error:
        return [
            f"    {stack.project.name}: {error}; for example namespace: {_service(stack)}-{stack.environment}"
        ]
    return []


def _namespace(stack: StackId, settings: Settings) -> str:
    assert isinstance(settings, ApplicationSettings)  # noqa: S101 - only they live in a namespace
    return settings.namespace_name(service=_service(stack), environment=stack.environment)


def _service(stack: StackId) -> str:
    return f"{stack.project.label}-service"


def _one(
    stack: StackId, name: str, settings: Settings, own: SettingsFile, defaults: dict[str, Written]
) -> Effective:
    written = own.settings.get(name)
    if written and written.secret:
        return Effective(name, None, Source.SETTINGS, own.file, written.line, secret=True)
    value = _plain(getattr(settings, name))
    if written and written.value not in ("", None):
        return Effective(name, value, Source.SETTINGS, own.file, written.line)
    default = defaults.get(name)
    # An empty setting hides the project's default: the program takes its own.
    if default and not written and default.value not in ("", None):
        file = shown(stack.project.folder / "Pulumi.yaml")
        return Effective(name, value, Source.PROJECT, file, default.line)
    return Effective(name, value, Source.PROGRAM)


def _named(one: Effective, stack: StackId, settings: Settings) -> Effective:
    """The namespace that the pattern names, where the settings name none."""
    if one.name != "namespace" or one.value or one.secret:
        return one
    return Effective("namespace", _namespace(stack, settings), Source.PATTERN)


def _plain(value: Any) -> Any:
    """A value without the types that the program gives it."""
    if isinstance(value, Settings):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
