"""What the settings files of the checkout say of one namespace: which stack wants to own it, which lives in it."""

from dataclasses import dataclass
from typing import Any

import yaml

from operations.engine.project import StackId, all_stacks, services
from operations.handover.settings_file import read_settings
from operations.stacks.connection import infrastructure_of
from shared.naming import NamespacePattern, namespace_name
from shared.refusal import Refusal


@dataclass(frozen=True)
class Intent:
    """One stack's say in a namespace.

    Args:
        stack: the stack.
        owns: whether its settings declare the namespace.
        source: the owner, as `<project>.<stack>`, that it reads the namespace from; empty where it owns it.
    """

    stack: StackId
    owns: bool
    source: str = ""


def namespace_of(stack: StackId) -> str:
    """The name of the namespace that an application's settings ask for."""
    settings = read_settings(stack)
    if settings.get("namespace"):
        return str(settings["namespace"])
    declared = _declared(stack)
    return namespace_name(
        NamespacePattern(settings.get("namespace_pattern") or declared["namespace_pattern"]),
        service=f"{stack.project.label}-service",
        team=str(settings.get("team") or ""),
        environment=stack.environment,
    )


def intents(name: str, platform: StackId) -> list[Intent]:
    """The stacks on one cluster that own or read a namespace, by their settings.

    Args:
        name: the namespace.
        platform: the cluster's infrastructure stack.
    """
    found = [Intent(platform, owns=True)] if name in platform_namespaces(platform) else []
    for project in services().values():
        for environment in project.environments:
            stack = StackId(project, environment)
            if _on(stack, platform) and namespace_of(stack) == name:
                settings = read_settings(stack)
                owns = _truth(settings.get("create_namespace", True))
                found.append(Intent(stack, owns, "" if owns else _source(stack, settings, platform)))
    return found


def platform_namespaces(platform: StackId) -> dict[str, Any]:
    """The setting `namespaces` of an infrastructure stack, as a map whichever way it is written."""
    given = read_settings(platform).get("namespaces") or {}
    return (
        {name: given[name] or {} for name in given}
        if isinstance(given, dict)
        else {name: {} for name in given}
    )


def find_stack(owner: str) -> StackId | None:
    """The stack of this checkout that is called `<project>.<stack>` as an owner, if there is one."""
    return next((stack for stack in all_stacks() if stack.owner == owner), None)


def _on(stack: StackId, platform: StackId) -> bool:
    try:
        return infrastructure_of(stack) == platform
    except Refusal:
        return False


def _source(stack: StackId, settings: dict[str, Any], platform: StackId) -> str:
    named = str(settings.get("namespace_source") or "")
    if not named:
        return platform.owner
    project, environment = [platform.project.name, *named.split("/")][-2:]
    return f"{project}.{environment}"


def _truth(value: Any) -> bool:
    return str(value).lower() not in ("false", "0", "f")


def _declared(stack: StackId) -> dict[str, Any]:
    document = yaml.safe_load((stack.project.folder / "Pulumi.yaml").read_text())
    return {name: declaration.get("default") for name, declaration in document.get("config", {}).items()}
