"""A stack's settings file: its settings by name, where each stands, and what is wrong with its form."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from operations.engine.project import StackId, infrastructure, services
from operations.paths import shown
from operations.settings.document import Document, entries, line_of, read_document
from operations.settings.values import holds_secret, value_of

_TOP = ("config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment")
"""What the engine knows in a settings file: https://www.pulumi.com/docs/iac/concepts/projects/stack-settings-file/"""

_LIKELY = 0.8
"""How alike two project names are where one is taken for a misspelling of the other."""


@dataclass(frozen=True)
class Written:
    """A setting as its file has it.

    Args:
        value: its value; None where it is secret.
        line: its line, counted from 1.
        secret: whether it is encrypted, or has something encrypted in it.
    """

    value: Any
    line: int
    secret: bool = False


@dataclass(frozen=True)
class SettingsFile:
    """A stack's settings file.

    Args:
        file: the file, relative to the checkout.
        settings: the settings of the stack's own project by name.
        wrong: what is wrong with its form, an indented line each.
        imports: whether it takes settings from elsewhere too, by `environment`.
    """

    file: str
    settings: dict[str, Written]
    wrong: tuple[str, ...] = ()
    imports: bool = False


def read_settings_file(stack: StackId) -> SettingsFile:
    """Read a stack's settings file.

    Args:
        stack: the stack.

    Raises:
        Refusal: it is no file that can be read, or no YAML, or no map.
    """
    path = stack.project.settings_file(stack.environment)
    document = read_document(path, shown(path))
    top = entries(document.root)
    config = top.get("config")
    wrong = [*document.wrong, *_unknown_top(document)]
    settings: dict[str, Written] = {}
    if isinstance(config, yaml.MappingNode):
        for key, value in config.value:
            fault = _key_fault(key, stack)
            if fault:
                wrong.append(fault)
            elif key.value.startswith(f"{stack.project.name}:"):
                secret = holds_secret(value)
                name = key.value.split(":", 1)[1]
                settings[name] = Written(None if secret else value_of(value), line_of(key), secret)
    elif config is not None and value_of(config) != "":
        wrong.append(
            f"    config in line {line_of(config)} is no map: it has a setting in each line; "
            f"for example {stack.project.name}:{_some_setting(stack)}"
        )
    return SettingsFile(document.file, settings, tuple(wrong), "environment" in top)


def _some_setting(stack: StackId) -> str:
    return "cluster: local" if stack.is_infrastructure else "namespace: dev"


def _unknown_top(document: Document) -> Iterator[str]:
    for key, _ in document.root.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "a list or a map"
        if name not in _TOP:
            near = difflib.get_close_matches(str(name), _TOP, n=1) or ["config"]
            yield (
                f"    {name} in line {line_of(key)} is unknown: settings stand under config; "
                f"did you mean {near[0]}? For example {near[0]}:"
            )


def _key_fault(key: yaml.Node, stack: StackId) -> str:
    """What is wrong with a setting's key; empty where nothing is, or it is none of this platform's projects'."""
    own = stack.project.name
    example = f"for example {own}:{_some_setting(stack)}"
    if not isinstance(key, yaml.ScalarNode):
        return f"    line {line_of(key)}: a setting's key is a text, and no list or map; {example}"
    project, colon, name = key.value.partition(":")
    if not colon:
        return (
            f"    {key.value} in line {line_of(key)}: the project stands before a setting's name; {example}"
        )
    if project == own:
        return "" if name else f"    {key.value} in line {line_of(key)} names no setting; {example}"
    others = [one.name for one in (infrastructure(), *services().values()) if one.name != own]
    if project in others:
        return f"    {key.value} in line {line_of(key)} is a setting of another project, {project}; {example}"
    if difflib.get_close_matches(project, [own], n=1, cutoff=_LIKELY):
        return f"    {key.value} in line {line_of(key)}: there is no such project; did you mean {own}:{name}?"
    return ""
