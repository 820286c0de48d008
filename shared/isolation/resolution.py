"""Resolution: from profile, organization and a namespace's own settings to one figure each."""

from dataclasses import dataclass
from typing import TypeVar

from shared.isolation.profiles import LIMITS, QUOTAS
from shared.settings.isolation import (
    ORDERED_LIMITS,
    AccessSettings,
    IsolationSettings,
    LimitSettings,
    NetworkSettings,
    OrganizationSettings,
    Peer,
    PodSecuritySettings,
    Profile,
    QuotaSettings,
)
from shared.settings.source import Settings
from shared.settings.types import quantity_value

_POD_SECURITY = PodSecuritySettings(
    enforce="restricted", audit="restricted", warn="restricted", version="latest"
)
_INGRESS_CONTROLLERS = (Peer(namespace="ingress-nginx", ports=(8001,)),)

Section = TypeVar("Section", bound=Settings)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Resolved:
    """A namespace's isolation with every figure known.

    Args:
        profile: its size.
        team: the team that it belongs to; None where nobody said.
        cost_center: where its costs are booked; None where nobody said.
        quota: what its pods and objects may use together.
        limits: what one container may use.
        network: which connections its pods may have.
        access: which groups act in it.
        pod_security: the standard that its pods are held to.
    """

    profile: Profile
    team: str | None
    cost_center: str | None
    quota: QuotaSettings
    limits: LimitSettings
    network: NetworkSettings
    access: AccessSettings
    pod_security: PodSecuritySettings


def resolve(
    own: IsolationSettings,
    organization: OrganizationSettings,
    *,
    ingress_controllers: tuple[Peer, ...] | None = None,
) -> Resolved:
    """Resolve a namespace's isolation: its own settings before the organization's before its profile's.

    Args:
        own: the settings of the stack that governs it.
        organization: what stands for all namespaces of the cluster.
        ingress_controllers: where requests from outside come from on this cluster; None where it does not say.
    """
    profile = own.profile or organization.profile
    common = organization.isolation
    network = _over(
        NetworkSettings(ingress_controllers=ingress_controllers or _INGRESS_CONTROLLERS),
        common.network,
        own.isolation.network,
    )
    return Resolved(
        profile=profile,
        team=own.team,
        cost_center=own.cost_center or organization.cost_center,
        quota=_over(QUOTAS[profile], common.quota, own.isolation.quota),
        limits=_within_most(
            _over(LIMITS[profile], common.limits, own.isolation.limits), own.isolation.limits
        ),
        network=network.model_copy(
            update={
                name: _joined(getattr(common.network, name), getattr(own.isolation.network, name))
                for name in ("allow_from", "allow_to")
            }
        ),
        access=AccessSettings(
            deploy_groups=_joined(common.access.deploy_groups, own.isolation.access.deploy_groups),
            read_groups=_joined(common.access.read_groups, own.isolation.access.read_groups),
        ),
        pod_security=_over(_POD_SECURITY, common.pod_security, own.isolation.pod_security),
    )


def _over(*sections: Section) -> Section:
    """Later sections before earlier ones, wherever they say something."""
    first, *_ = sections
    said = {name: getattr(section, name) for section in sections for name in section.model_fields_set}
    return first.model_copy(update={name: value for name, value in said.items() if value is not None})


def _within_most(limits: LimitSettings, own: LimitSettings) -> LimitSettings:
    """What the namespace's own settings do not name is lowered to the figure above it.

    The API server refuses a default above the most, and a request above its limit.
    """
    figures = limits.model_dump()
    # From the most downwards, since a figure that was lowered may lower the next one.
    for less, more in reversed(ORDERED_LIMITS):
        above = quantity_value(figures[less]) > quantity_value(figures[more])
        if above and less not in own.model_fields_set:
            figures[less] = figures[more]
    return limits.model_copy(update=figures)


def _joined(common: tuple[Item, ...], own: tuple[Item, ...]) -> tuple[Item, ...]:
    """What stands for all and what is added, each once."""
    return tuple(dict.fromkeys((*common, *own)))
