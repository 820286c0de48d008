"""What moves along with a namespace: the settings of its isolation, from the old owner's file to the new one's."""

from collections.abc import Mapping
from typing import Any

from operations.engine.project import StackId
from operations.handover.intent import platform_namespaces
from operations.handover.settings_file import ABSENT, read_settings
from shared.settings.isolation import GovernedBy

_CARRIED = ("profile", "team", "cost_center", "isolation", "governed_by", "protect_namespace")
_LEFT_BEHIND = ("team",)
"""What an application goes on needing for itself."""


def carried(owner: StackId | None, name: str, platform: StackId, target: StackId) -> dict[str, Any]:
    """The settings of a namespace's isolation that its new owner takes over from the old one.

    Args:
        owner: the stack that owns it so far; None where nobody does.
        name: the namespace.
        platform: the infrastructure stack of its cluster.
        target: the new owner, whose own settings come first.

    Returns:
        Settings by name, for the target's file or, for an infrastructure stack, its entry of the namespace.
    """
    if owner is None or owner == target:
        return {}
    has = _isolation(target, name, platform)
    brings = _isolation(owner, name, platform)
    if target != platform:
        # An application that owns a namespace governs it in any case.
        brings.pop("governed_by", None)
    return {key: value for key, value in brings.items() if key not in has}


def left_behind(owner: StackId) -> dict[str, Any]:
    """The changes by which an application that lets go no longer says how the namespace is isolated."""
    settings = read_settings(owner)
    if settings.get("governed_by") == GovernedBy.APPLICATION:
        return {}
    return {key: ABSENT for key in _CARRIED if key in settings and key not in _LEFT_BEHIND}


def given_up(name: str, platform: StackId, target: StackId) -> dict[str, Any]:
    """What infrastructure's entry of a namespace says that an application has no setting for, such as its tenants.

    It goes with the entry where the namespace moves to an application, and does not come back with it.

    Args:
        name: the namespace.
        platform: the infrastructure stack of its cluster.
        target: the new owner.
    """
    if target == platform:
        return {}
    entry = platform_namespaces(platform).get(name, {})
    return {key: value for key, value in entry.items() if key not in (*_CARRIED, "adopt_from")}


def _isolation(stack: StackId, name: str, platform: StackId) -> dict[str, Any]:
    settings: Mapping[str, Any] = (
        platform_namespaces(platform).get(name, {}) if stack == platform else read_settings(stack)
    )
    return {key: settings[key] for key in _CARRIED if key in settings}
