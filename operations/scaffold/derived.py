"""One stack's settings for a new environment, derived from those that it has for another one."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.comments import CommentedMap

from operations.engine.project import StackId
from operations.handover.settings_file import dump_document, load_document

_ENCRYPTED = ("encryptedkey", "encryptionsalt")
"""What belongs to one stack's key alone."""

_NOT_TAKEN_OVER = ("adopt_namespace_from",)


@dataclass(frozen=True)
class Renaming:
    """From one environment's names to another's.

    Args:
        before: the environment that the settings come from.
        after: the new one.
    """

    before: str
    after: str

    def namespace(self, name: str) -> str:
        """A namespace's name: with the environment in it replaced, or added where it has none."""
        pattern = rf"(^|-){re.escape(self.before)}(?=-|$)"
        renamed, count = re.subn(pattern, lambda match: f"{match[1]}{self.after}", name)
        return renamed if count else f"{name}-{self.after}"

    def owner(self, owner: str) -> str:
        """A stack's name as an owner or as people write it, of the new environment where it was of the old one."""
        for sign in ("/", "."):
            if owner.endswith(f"{sign}{self.before}"):
                return f"{owner.removesuffix(self.before)}{self.after}"
        return owner


@dataclass
class Derived:
    """The settings of one stack.

    Args:
        text: the settings file's text.
        notes: what a person should look at.
    """

    text: str
    notes: list[str] = field(default_factory=list)


def derive_application(
    stack: StackId, renaming: Renaming, *, infrastructure: str, is_moved: Callable[[str], bool]
) -> Derived:
    """Derive an application's settings.

    Args:
        stack: the stack that they come from.
        renaming: the two environments.
        infrastructure: the infrastructure stack, as settings name it; empty for the one of the same environment.
        is_moved: whether a stack, as `<project>/<stack>`, gets the new environment too.

    Raises:
        Refusal: the settings file cannot be read.
    """
    document, notes = _opened(stack)
    config = document.setdefault("config", CommentedMap())

    def key(name: str) -> str:
        return f"{stack.project.name}:{name}"

    for name in _NOT_TAKEN_OVER:
        config.pop(key(name), None)
    named = str(config.get(key("namespace")) or "")
    if named:
        config[key("namespace")] = renaming.namespace(named)
    owns = str(config.get(key("create_namespace"), True)).lower() == "true"
    source = str(config.get(key("namespace_source")) or "")
    if not owns and source and is_moved(source):
        config[key("namespace_source")] = renaming.owner(source)
    elif not owns:
        # Whoever owns it in the old environment has none for the new one.
        config.pop(key("create_namespace"), None)
        config.pop(key("namespace_source"), None)
        notes.append(
            f"{stack.project.label}/{renaming.after} owns its namespace; namespace-move gives it away."
        )
    config.pop(key("infra_stack_name"), None)
    if infrastructure:
        place = list(config).index(key("namespace")) + 1 if named else 0
        config.insert(place, key("infra_stack_name"), infrastructure)
    for name, value in config.items():
        if isinstance(value, str) and name != key("infra_stack_name") and _names(value, renaming.before):
            notes.append(f"Look at {name} of {stack.project.label}/{renaming.after}: {value}")
    return Derived(dump_document(document), notes)


def derive_infrastructure(stack: StackId, renaming: Renaming) -> Derived:
    """Derive the settings of an infrastructure stack with a cluster of its own.

    Args:
        stack: the stack that they come from.
        renaming: the two environments.

    Raises:
        Refusal: the settings file cannot be read.
    """
    document, notes = _opened(stack)
    config = document.setdefault("config", CommentedMap())
    owned = config.get(f"{stack.project.name}:namespaces")
    if isinstance(owned, list):
        config[f"{stack.project.name}:namespaces"] = owned = [renaming.namespace(str(name)) for name in owned]
    elif isinstance(owned, dict):
        for name in list(owned):
            settings = owned.pop(name)
            owned[renaming.namespace(str(name))] = _platform_namespace(settings, renaming)
    made = config.get(f"{stack.project.name}:eks")
    if isinstance(made, dict):
        if made.get("name"):
            made["name"] = renaming.namespace(str(made["name"]))
        notes.append(
            f"Look at eks of {stack.label.replace(renaming.before, renaming.after)}: account, networks, sizes"
        )
    chosen = config.get(f"{stack.project.name}:app_namespace")
    if chosen:
        config[f"{stack.project.name}:app_namespace"] = renaming.namespace(str(chosen))
    return Derived(dump_document(document), notes)


def _platform_namespace(settings: Any, renaming: Renaming) -> Any:
    if isinstance(settings, dict):
        settings.pop("adopt_from", None)
        if isinstance(settings.get("tenants"), list):
            settings["tenants"][:] = [renaming.owner(str(tenant)) for tenant in settings["tenants"]]
    return settings


def _opened(stack: StackId) -> tuple[CommentedMap, list[str]]:
    """A stack's settings without what only its own key opens, and what was left out."""
    document = load_document(stack.project.settings_file(stack.environment))
    for name in _ENCRYPTED:
        document.pop(name, None)
    config = document.get("config") or CommentedMap()
    secret = [name for name, value in config.items() if _has_secret(value)]
    for name in secret:
        del config[name]
    return document, [
        f"{name} is a secret of {stack.label}: set it anew, with pulumi config set." for name in secret
    ]


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _names(value: str, environment: str) -> bool:
    return bool(re.search(rf"(?<![A-Za-z0-9]){re.escape(environment)}(?![A-Za-z0-9])", value))
