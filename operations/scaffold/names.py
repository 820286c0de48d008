"""Whether a name is free, and fit to be part of every name that is made of it."""

import re
from collections.abc import Iterable
from typing import Any

from operations.engine.project import infrastructure, services
from operations.paths import ROOT
from operations.scaffold.rendering import app_folder, own_tests, project_name
from shared.naming import NamespacePattern, check_namespace_name
from shared.settings.types import LabelName
from shared.stack_name import MAXIMUM_LABEL_LENGTH

_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
"""A Service's name begins with a letter (RFC 1035):
https://kubernetes.io/docs/concepts/services-networking/service/"""

_TAKEN_WORDS = ("infrastructure", "application")
"""What `TO=` of namespace-move and the labels of stacks mean by themselves."""


def is_fit(name: str) -> bool:
    """Whether a service may be called so, whether or not there is one already."""
    return bool(_SERVICE.fullmatch(name)) and name not in _TAKEN_WORDS and not name.endswith("-service")


def wrong_service(name: str, environments: Iterable[str]) -> list[str]:
    """What speaks against a service's name; empty where nothing does.

    Args:
        name: the service, as its folder is to be called.
        environments: where it is to live.
    """
    if not name:
        return ["NAME is not set: it is the service's name; for example NAME=dawn"]
    if not _SERVICE.fullmatch(name):
        return [
            f"NAME is '{name}': must be lower-case letters, digits and '-', beginning with a letter "
            "and not ending with '-'; for example NAME=dawn"
        ]
    if name in _TAKEN_WORDS:
        return [f"NAME is '{name}', which means something else here; for example NAME=dawn"]
    if name.endswith("-service"):
        return [
            f"NAME is '{name}': -service is added by itself; NAME={name.removesuffix('-service') or 'dawn'}"
        ]
    return [*_taken(name), *_too_long(project_name(name), environments, "NAME")]


def wrong_environment(name: str) -> list[str]:
    """What speaks against an environment's name; empty where nothing does.

    Args:
        name: the environment.
    """
    if not name:
        return ["ENV is not set: it is the environment's name; for example ENV=staging"]
    try:
        check_namespace_name(name)
    except ValueError as error:
        return [f"ENV is {error}, and namespaces are named after it; for example ENV=staging"]
    projects = [infrastructure().name, *(project.name for project in services().values())]
    return [wrong for project in projects for wrong in _too_long(project, [name], "ENV")]


def wrong_pattern(pattern: str, team: str) -> list[str]:
    """What speaks against a pattern and a team; empty where nothing does.

    Args:
        pattern: the pattern's name.
        team: the team; empty for none.
    """
    known = [one.value for one in NamespacePattern]
    wrong: list[str] = []
    if pattern not in known:
        wrong.append(
            f"PATTERN is '{pattern}': must be one of {', '.join(known)}; for example PATTERN={known[1]}"
        )
    if pattern == NamespacePattern.TEAM_ENVIRONMENT and not team:
        wrong.append(
            "TEAM is not set, and PATTERN=team-environment names namespaces by it; for example TEAM=backend"
        )
    if team and (rule := breach(LabelName, team)):
        wrong.append(f"TEAM is '{team}': {rule}; for example TEAM=backend")
    return wrong


def breach(kind: Any, value: str) -> str:
    """The rule of a setting's type that a value breaks; empty for none."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return ""


def _taken(name: str) -> list[str]:
    for label, project in services().items():
        if label == name or project.name == project_name(name):
            return [
                f"NAME is '{name}', and there is such a service already, in apps/{label}; take another name"
            ]
    for path in (app_folder(name), own_tests(name)):
        if (ROOT / path).exists() or (ROOT / path).is_symlink():
            return [f"NAME is '{name}', but {path} is there already; take another name, or remove it"]
    return []


def _too_long(project: str, environments: Iterable[str], setting: str) -> list[str]:
    return [
        f"{setting} is too long: the stack {owner} would own objects by a label of {len(owner)} characters, "
        f"and a label has at most {MAXIMUM_LABEL_LENGTH}; take a shorter name"
        for owner in (f"{project}.{environment}" for environment in environments)
        if len(owner) > MAXIMUM_LABEL_LENGTH
    ]
