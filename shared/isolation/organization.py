"""What the organization fixed: a namespace's own settings may tighten it and not loosen it."""

import math
from collections.abc import Iterator
from typing import Any

from shared.isolation.resolution import Resolved, resolve
from shared.refusal import Refusal
from shared.settings.isolation import IsolationSettings, OrganizationSettings, Peer, Profile
from shared.settings.types import quantity_value

_SIZES = list(Profile)
_LEVELS = ("privileged", "baseline", "restricted")


def refuse_loosening(
    own: IsolationSettings,
    organization: OrganizationSettings,
    *,
    place: str,
    file: str,
    ingress_controllers: tuple[Peer, ...] | None,
) -> None:
    """Refuse where a namespace's own settings loosen what the organization enforces.

    Args:
        own: the namespace's settings.
        organization: what stands for all namespaces of the cluster.
        place: where the namespace's settings stand, such as `namespaces.dev.`; empty for an application's.
        file: the file that has them, for the refusal.
        ingress_controllers: where requests from outside come from on this cluster; None where it does not say.

    Raises:
        Refusal: a setting is looser; all of them are named, with what is fixed.
    """
    fixed, wanted = (
        resolve(settings, organization, ingress_controllers=ingress_controllers)
        for settings in (IsolationSettings(), own)
    )
    loose = [
        f"    {place}{setting} is {mine}, the organization allows {allowed}"
        for section in organization.enforced
        for setting, mine, allowed in _LOOSE[section](fixed, wanted)
    ]
    missing = [
        f"    {place}{label} is not set, and the organization requires it of every namespace"
        for label in organization.required_labels
        if getattr(wanted, label) is None
    ]
    if loose or missing:
        raise Refusal(
            f"{file} does not keep to what the organization fixed for its namespaces:\n"
            + "\n".join(loose + missing),
            "Correct it, or have the setting organization of the infrastructure stack changed.",
        )


Loose = Iterator[tuple[str, Any, Any]]


def _profile(fixed: Resolved, wanted: Resolved) -> Loose:
    if _SIZES.index(wanted.profile) > _SIZES.index(fixed.profile):
        yield "profile", wanted.profile.value, f"{fixed.profile.value} at most"


def _quota(fixed: Resolved, wanted: Resolved) -> Loose:
    for name in type(fixed.quota).model_fields:
        yield from _more("quota", name, getattr(fixed.quota, name), getattr(wanted.quota, name))


def _limits(fixed: Resolved, wanted: Resolved) -> Loose:
    for name in ("max_cpu", "max_memory"):
        yield from _more("limits", name, getattr(fixed.limits, name), getattr(wanted.limits, name))
    if wanted.limits.defaults and not fixed.limits.defaults:
        # With defaults a container that says nothing is let in, and the most holds for each container of a pod.
        yield "isolation.limits.defaults", "true", "false"


def _more(section: str, name: str, allowed: Any, mine: Any) -> Loose:
    if quantity_value(str(mine)) > quantity_value(str(allowed)):
        yield f"isolation.{section}.{name}", mine, f"{allowed} at most"


def _pod_security(fixed: Resolved, wanted: Resolved) -> Loose:
    for mode in ("enforce", "audit", "warn"):
        allowed, mine = getattr(fixed.pod_security, mode), getattr(wanted.pod_security, mode)
        if _LEVELS.index(mine) < _LEVELS.index(allowed):
            yield f"isolation.pod_security.{mode}", mine, f"{allowed} or stricter"
    version, own = str(fixed.pod_security.version), str(wanted.pod_security.version)
    if _release(own) < _release(version):
        # An older version of a standard asks for less.
        yield "isolation.pod_security.version", own, f"{version} or later"


def _release(version: str) -> float:
    """How late a version of the standards is: `latest` after all others, such as `v1.36`."""
    return math.inf if version == "latest" else int(version.removeprefix("v1."))


def _network(fixed: Resolved, wanted: Resolved) -> Loose:
    for name in type(fixed.network).model_fields:
        allowed = getattr(fixed.network, name) or ()
        for peer in getattr(wanted.network, name) or ():
            if peer not in allowed:
                yield f"isolation.network.{name}", peer.cidr or peer.namespace, "none but its own"


def _access(fixed: Resolved, wanted: Resolved) -> Loose:
    for name in type(fixed.access).model_fields:
        for group in getattr(wanted.access, name):
            if group not in getattr(fixed.access, name):
                yield f"isolation.access.{name}", group, "none but its own"


_LOOSE = {
    "profile": _profile,
    "quota": _quota,
    "limits": _limits,
    "pod_security": _pod_security,
    "network": _network,
    "access": _access,
}
