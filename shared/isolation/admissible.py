"""A namespace's isolation as settings say it, once that is known to be allowed and to hang together."""

from shared.isolation.fit import refuse_disorder
from shared.isolation.organization import refuse_loosening
from shared.isolation.resolution import Resolved, resolve
from shared.settings.isolation import IsolationSettings, OrganizationSettings, Peer


def resolve_admissible(
    own: IsolationSettings,
    organization: OrganizationSettings,
    *,
    place: str,
    file: str,
    ingress_controllers: tuple[Peer, ...] | None,
) -> Resolved:
    """Resolve a namespace's isolation within what the organization fixed.

    Args:
        own: the settings of the stack that governs it.
        organization: what stands for all namespaces of the cluster.
        place: where the namespace's settings stand, such as `namespaces.dev.`; empty for an application's.
        file: the file that has them, for a refusal.
        ingress_controllers: where requests from outside come from on this cluster; None where it does not say.

    Raises:
        Refusal: it is looser than the organization allows, or its figures contradict each other.
    """
    refuse_loosening(own, organization, place=place, file=file, ingress_controllers=ingress_controllers)
    resolved = resolve(own, organization, ingress_controllers=ingress_controllers)
    refuse_disorder(resolved.limits, place=place, file=file)
    return resolved
