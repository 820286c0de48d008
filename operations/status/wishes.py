"""What settings files want: each read as its program reads it, and a wrong one told instead of failing all."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.engine.project import StackId
from operations.paths import ROOT
from operations.settings.file import read_settings_file
from operations.status.facts import WishFacts
from shared.contract import INFRASTRUCTURE_PROJECT
from shared.naming import check_namespace_name
from shared.refusal import Refusal
from shared.settings.application import ApplicationSettings
from shared.settings.mistakes import refuse
from shared.settings.source import decoded, parse

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Fifty settings files take half a second without libyaml."""


@dataclass(frozen=True)
class SettingsFacts:
    """What one stack's settings want.

    Args:
        file: the settings file, relative to the checkout.
        platform: the owner name of the infrastructure stack that it is deployed with.
        wishes: what it wants with namespaces.
        fault: what is wrong with the settings and what to do, in two lines or more; empty where nothing is.
    """

    file: str
    platform: str
    wishes: tuple[WishFacts, ...] = ()
    fault: str = ""


def read_application(stack: StackId) -> SettingsFacts:
    """Read the settings of an application's stack."""
    file = _file(stack)
    try:
        values = _values(stack)
    except (OSError, yaml.YAMLError, Refusal) as error:
        return SettingsFacts(file, _owner("", stack.environment), fault=_fault(file, error))
    platform = _owner(str(values.get("infra_stack_name") or ""), stack.environment)
    try:
        settings = parse(ApplicationSettings, values, project=stack.project.name, file=file)
        name = settings.namespace_name(
            service=f"{stack.project.label}-service", environment=stack.environment
        )
    except (Refusal, ValueError) as error:
        return SettingsFacts(file, platform, fault=_fault(file, error))
    if settings.create_namespace:
        wish = WishFacts(name, adopt_from=settings.adopt_namespace_from or "")
    else:
        wish = WishFacts(name, source=_owner(settings.namespace_source or "", platform=platform))
    return SettingsFacts(file, platform, (wish,))


def read_infrastructure(stack: StackId) -> SettingsFacts:
    """Read which namespaces the settings of an infrastructure stack want, as a list or as a map."""
    file = _file(stack)
    try:
        given = _values(stack).get("namespaces") or {}
        if isinstance(given, list):
            given = {str(name): {} for name in given}
        wishes = tuple(_platform_wish(name, settings or {}) for name, settings in given.items())
    except (OSError, yaml.YAMLError, Refusal, ValueError, AttributeError, TypeError) as error:
        return SettingsFacts(file, stack.owner, fault=_fault(file, error))
    return SettingsFacts(file, stack.owner, wishes)


def _platform_wish(name: str, settings: Mapping[str, Any]) -> WishFacts:
    return WishFacts(
        check_namespace_name(name),
        adopt_from=str(settings.get("adopt_from") or "").replace("/", ".", 1),
        tenants=tuple(str(tenant).replace("/", ".", 1) for tenant in settings.get("tenants") or ()),
    )


def _values(stack: StackId) -> dict[str, Any]:
    """A stack's settings over its project's defaults, by name, as the engine merges them; encrypted ones left out."""
    read = read_settings_file(stack)
    refuse(read.file, read.wrong)
    own = {name: decoded(written.value) for name, written in read.settings.items()}
    merged = {**_defaults(stack.project.folder / "Pulumi.yaml"), **own}
    return {name: _as_text(value) for name, value in merged.items() if value not in ("", None)}


@functools.cache
def _defaults(file: Path) -> Mapping[str, Any]:
    config = (yaml.load(file.read_text(), _Loader) or {}).get("config") or {}  # noqa: S506 - it is the safe one
    return {
        name: value.get("default", value.get("value")) if isinstance(value, dict) else value
        for name, value in config.items()
        if ":" not in name
    }


def _as_text(value: Any) -> Any:
    """The engine passes single values as text, and lists and maps as JSON."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value if isinstance(value, list | dict) else str(value)


def _owner(text: str, environment: str = "", *, platform: str = "") -> str:
    """A stack as settings name it, as an owner; the infrastructure stack of the environment where they name none."""
    if not text:
        return platform or f"{INFRASTRUCTURE_PROJECT}.{environment}"
    project, stack = [INFRASTRUCTURE_PROJECT, *text.split("/")][-2:]
    return f"{project}.{stack}"


def _file(stack: StackId) -> str:
    return str(stack.project.settings_file(stack.environment).relative_to(ROOT))


def _fault(file: str, error: Exception) -> str:
    if isinstance(error, Refusal):
        return f"{error.fact}\n{error.remedy}"
    return (
        f"{file} cannot be used: {' '.join(str(error).split())}.\nCorrect the file and run the command again."
    )
