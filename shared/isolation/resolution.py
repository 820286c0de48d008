"""Resolution: from profile, organization and a namespace's own settings to one value each.

The settings may tighten what the organization enforces, but not loosen it.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml

from shared.config.isolation import (
    ORDERED_LIMITS,
    IsolationOverrides,
    IsolationSettings,
    Level,
    LimitSettings,
    NetworkSettings,
    OrganizationSettings,
    Peer,
    PodSecuritySettings,
    Profile,
    QuotaSettings,
)
from shared.config.model import Settings
from shared.config.types import quantity_value
from shared.errors import Refusal

PROFILES = {
    Profile(name): IsolationOverrides.model_validate(settings)
    for name, settings in yaml.safe_load(Path(__file__).with_name("profiles.yaml").read_text()).items()
}

_LEVELS = get_args(Level)

Section = TypeVar("Section", bound=Settings)


class Resolved(IsolationOverrides):
    """A namespace's isolation with every value known; team and cost center are None if not set."""

    profile: Profile
    team: str | None
    cost_center: str | None


def resolve(
    own: IsolationSettings,
    organization: OrganizationSettings,
    *,
    ingress_controllers: tuple[Peer, ...] | None = None,
) -> Resolved:
    """Resolve a namespace's isolation: its own settings before the organization's before its profile's.

    `ingress_controllers` are the cluster's sources of external requests; None where it does not define them.
    """
    profile = own.profile or organization.profile
    layers = [PROFILES[profile], organization.isolation, own.isolation]
    if ingress_controllers:
        clusters = NetworkSettings(ingress_controllers=ingress_controllers)
        layers.insert(1, IsolationOverrides(network=clusters))
    sections: dict[str, Any] = {
        name: _merged([getattr(layer, name) for layer in layers]) for name in IsolationOverrides.model_fields
    }
    sections["limits"] = _within_most(sections["limits"], own.isolation.limits)
    cost_center = own.cost_center or organization.cost_center
    # Not validated: whether limits of several files are in order is for resolve_within(), with a message of its own.
    return Resolved.model_construct(profile=profile, team=own.team, cost_center=cost_center, **sections)


def resolve_within(
    own: IsolationSettings,
    organization: OrganizationSettings,
    *,
    place: str,
    file: str,
    ingress_controllers: tuple[Peer, ...] | None,
    allow_to: tuple[Peer, ...] = (),
) -> Resolved:
    """Resolve a namespace's isolation within the organization's policy.

    `own` are the settings below `place` in `file`, such as `namespaces.dev.`, which is empty for an application's.
    `allow_to` is what the cluster itself lets the namespace's pods connect to, whatever the organization fixed.
    """
    fixed, wanted = (
        resolve(settings, organization, ingress_controllers=ingress_controllers)
        for settings in (IsolationSettings(), own)
    )
    loose = [
        f"    {place}{setting} is {mine}, the organization allows {allowed}"
        for section in organization.enforced
        for setting, mine, allowed in _LOOSE[section](getattr(fixed, section), getattr(wanted, section))
    ]
    missing = [
        f"    {place}{label} is not set, and the organization requires it of every namespace"
        for label in organization.required_labels
        if getattr(wanted, label) is None
    ]
    if loose or missing:
        raise Refusal(
            f"{file} violates the organization's policy for namespaces:\n" + "\n".join(loose + missing),
            "Correct it, or have the setting organization of the infrastructure stack changed.",
        )
    # Here a figure of one file meets one of another, or a profile's; within one file the settings check it.
    if wrong := "; ".join(wanted.limits.contradictions()):
        raise Refusal(
            f"In {file} {place}isolation.limits does not fit the profile or the organization's limits: {wrong}.",
            "Lower the first of each, raise the second, or choose a larger profile.",
        )
    network = wanted.network.model_copy(update={"allow_to": (*wanted.network.allow_to, *allow_to)})
    return wanted.model_copy(update={"network": network})


def _merged(sections: list[Section]) -> Section:
    """What the last section sets that sets it; lists that are empty by default add up, with each item once."""
    merged: dict[str, Any] = {}
    for section in sections:
        for name, value in section:
            if type(section).model_fields[name].default == ():
                merged[name] = tuple(dict.fromkeys((*merged.get(name, ()), *value)))
            elif value is not None:
                merged[name] = value
    return sections[0].model_copy(update=merged)


def _within_most(limits: LimitSettings, own: LimitSettings) -> LimitSettings:
    """Lower figures that the namespace's own settings do not set to the one above, which must not be exceeded."""
    figures = limits.model_dump()
    # From the maximum downwards, since a lowered figure may lower the next one.
    for less, more in reversed(ORDERED_LIMITS):
        above = quantity_value(figures[less]) > quantity_value(figures[more])
        if above and less not in own.model_fields_set:
            figures[less] = figures[more]
    return limits.model_copy(update=figures)


Loose = Iterator[tuple[str, Any, str]]
"""A setting that is looser than the policy, its value, and what is allowed."""


def _profile(fixed: Profile, wanted: Profile) -> Loose:
    sizes = list(Profile)
    if sizes.index(wanted) > sizes.index(fixed):
        yield "profile", wanted.value, f"{fixed.value} at most"


def _more(section: str, names: Iterable[str], fixed: Settings, wanted: Settings) -> Loose:
    for name in names:
        allowed, mine = getattr(fixed, name), getattr(wanted, name)
        if quantity_value(str(mine)) > quantity_value(str(allowed)):
            yield f"isolation.{section}.{name}", mine, f"{allowed} at most"


def _limits(fixed: LimitSettings, wanted: LimitSettings) -> Loose:
    yield from _more("limits", ("max_cpu", "max_memory"), fixed, wanted)
    if wanted.defaults and not fixed.defaults:
        # With defaults, containers without limits are admitted, and the maximum is for a container, not for a pod.
        yield "isolation.limits.defaults", "true", "false"


def _pod_security(fixed: PodSecuritySettings, wanted: PodSecuritySettings) -> Loose:
    for mode in ("enforce", "audit", "warn"):
        allowed, mine = getattr(fixed, mode), getattr(wanted, mode)
        if _LEVELS.index(mine) < _LEVELS.index(allowed):
            yield f"isolation.pod_security.{mode}", mine, f"{allowed} or stricter"

    def release(version: str | None) -> float:
        return math.inf if version == "latest" else int(str(version).removeprefix("v1."))

    if release(wanted.version) < release(fixed.version):
        # An older version of a standard requires less.
        yield "isolation.pod_security.version", wanted.version, f"{fixed.version} or later"


def _added(section: str, fixed: Settings, wanted: Settings) -> Loose:
    for name in type(fixed).model_fields:
        for item in getattr(wanted, name) or ():
            if item not in (getattr(fixed, name) or ()):
                given = (item.cidr or item.namespace) if isinstance(item, Peer) else item
                yield f"isolation.{section}.{name}", given, "no other than its own"


_LOOSE: dict[str, Callable[[Any, Any], Loose]] = {
    "profile": _profile,
    "quota": partial(_more, "quota", QuotaSettings.model_fields),
    "limits": _limits,
    "pod_security": _pod_security,
    "network": partial(_added, "network"),
    "access": partial(_added, "access"),
}
