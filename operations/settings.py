"""The settings of the checkout's stacks: read and checked as their programs do, and shown with their origin."""

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pydantic import create_model
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infrastructure.settings import InfrastructureSettings, by_name
from operations.checkout import project_folder, settings_file, shown
from shared.config import files
from shared.config.application import ApplicationSettings, NamespaceSettings
from shared.config.files import SettingsFile
from shared.config.model import Settings, as_text, parse
from shared.errors import Refusal
from shared.ownership.claim import application_claim
from shared.stacks import INFRASTRUCTURE_PROJECT, Stack

_WORDS = {"program": "the program's default", "pattern": "namespace_pattern"}


def model_of(stack: Stack) -> type[ApplicationSettings | InfrastructureSettings]:
    """The settings that a stack's program has: those in `settings.py` beside it, where an application has its own."""
    if stack.is_infrastructure:
        return InfrastructureSettings
    file = project_folder(stack) / "settings.py"
    return _settings_in(file) if file.exists() else ApplicationSettings


@cache
def _settings_in(file: Path) -> type[ApplicationSettings]:
    spec = importlib.util.spec_from_file_location(f"apps.{file.parent.name}.settings", file)
    assert spec and spec.loader  # noqa: S101 - it ends with .py
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[ApplicationSettings] = module.Settings
    return found


def read_settings(stack: Stack) -> ApplicationSettings | InfrastructureSettings:
    """A stack's settings as its program gets them, of the type `model_of(stack)`; Refusal with all that is wrong.

    An encrypted value is None, since the program alone can read it. What says where a stack is deployed, and which
    namespaces are its own, cannot be encrypted.
    """
    return _checked(stack, model_of(stack), read_file(stack))


@lru_cache(maxsize=1024)
def _checked(
    stack: Stack, model: type[ApplicationSettings | InfrastructureSettings], file: SettingsFile
) -> ApplicationSettings | InfrastructureSettings:
    """Settings, checked once as long as the file has the same content: a deployment of many stacks reads them often."""
    readable = model if stack.is_infrastructure else NamespaceSettings
    if encrypted := sorted(file.secret & set(readable.model_fields)):
        fact = f"{file.file} has an encrypted value in {', '.join(encrypted)}, which commands have to read."
        command = f"pulumi config set --plaintext {stack.project}:{encrypted[0]} <value>"
        raise Refusal(fact, f"Write it in plain text: {command}")
    fields = model.model_fields
    imported = {name for name, field in fields.items() if file.imports and field.is_required()}
    unreadable = (file.secret & set(fields)) | (imported - set(file.values))
    if unreadable:
        model = _without(model, frozenset(unreadable))
    undeclared: dict[str, Any] = dict.fromkeys(file.secret - set(fields))
    settings = parse(model, {**file.values, **undeclared}, file=file.file)
    if isinstance(settings, NamespaceSettings):
        application_claim(settings, stack.service_name, stack, file.file)
    return settings


@cache
def _without(
    model: type[ApplicationSettings | InfrastructureSettings], names: frozenset[str]
) -> type[ApplicationSettings | InfrastructureSettings]:
    """The model with some settings that commands cannot read: they are None. It takes 5 ms to create one."""
    fields: dict[str, Any] = dict.fromkeys(names, (Any, None))
    return create_model(model.__name__, __base__=model, **fields)


def read_file(stack: Stack) -> SettingsFile:
    """A stack's settings file as it is written; Refusal where it has settings of another project of this platform."""
    found = files.read(settings_file(stack), stack.project, file=shown(settings_file(stack)))
    for key, line in found.others.items():
        project = key.partition(":")[0]
        if project == INFRASTRUCTURE_PROJECT or project.endswith("-service-app"):
            fact = f"{found.file}, line {line}: {key} is a setting of another project."
            raise Refusal(fact, f"Write {stack.project}:{key.partition(':')[2]}, or remove the line.")
    return found


def own_settings(stack: Stack) -> dict[str, Any]:
    """A stack's settings as its file has them, without encrypted ones, whatever is wrong with them.

    Infrastructure's `namespaces` are a mapping, whichever way they are written.
    """
    own = dict(read_file(stack).values)
    return {**own, "namespaces": by_name(own["namespaces"])} if "namespaces" in own else own


def without_adoption(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of infrastructure's `namespaces` without the setting that adopts it, by its former name too."""
    names = ("adopt_namespace_from", "adopt_from")
    return {name: value for name, value in entry.items() if name not in names}


def change_settings(stack: Stack, changes: Mapping[str, Any], **how: Any) -> None:
    """Change some of a stack's settings in its file; `how` are the named arguments of shared.config.files.change."""
    files.change(settings_file(stack), stack.project, changes, file=shown(settings_file(stack)), **how)


@dataclass(frozen=True)
class Effective:
    """One setting as the program gets it, and where it comes from."""

    name: str
    value: Any
    """None where nothing is set, or where it is secret."""
    secret: bool
    source: str
    """`settings` for the settings file, `pattern` for a namespace named by its pattern, `program` for a default."""
    file: str | None = None
    line: int | None = None


def effective(stack: Stack) -> Iterator[Effective]:
    """All settings of a stack."""
    settings, file = read_settings(stack), read_file(stack)
    given, all_values = settings.model_dump(mode="json", exclude_unset=True), settings.model_dump(mode="json")
    for name in model_of(stack).model_fields:
        if name in file.secret:
            yield Effective(name, None, True, "settings", file.file, file.lines[name])
        elif name in file.values:
            yield Effective(name, given[name], False, "settings", file.file, file.lines[name])
        elif name == "namespace" and isinstance(settings, NamespaceSettings):
            named = settings.namespace_name(service=stack.service_name, environment=stack.name)
            yield Effective(name, named, False, "pattern")
        else:
            is_group = isinstance(getattr(settings, name), Settings)
            yield Effective(name, {} if is_group else all_values[name], False, "program")


def as_json(stack: Stack) -> dict[str, Any]:
    """A stack's settings for scripts, which rely on these keys."""
    return {
        "stack": stack.owner,
        "service": None if stack.is_infrastructure else stack.service,
        "environment": stack.name,
        "settings": [asdict(one) for one in effective(stack)],
    }


def show(stack: Stack, console: Console) -> None:
    """Print a stack's settings, 80 columns wide; those that its own file sets stand out."""
    console.print(f"Settings of {stack} ({shown(project_folder(stack))})", style="bold", markup=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", width=80)
    table.add_column("Setting", no_wrap=True)
    table.add_column("Value", overflow="fold")
    table.add_column("From", overflow="fold")
    for one in effective(stack):
        value = "[secret]" if one.secret else "-" if one.value is None else as_text(one.value)
        origin = f"{Path(one.file).name}:{one.line}" if one.file else _WORDS[one.source]
        table.add_row(Text(one.name), Text(value), Text(origin), style="bold" if one.file else "none")
    console.print(table)
