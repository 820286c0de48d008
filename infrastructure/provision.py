"""The infrastructure program: a cluster, its guards, the platform's namespaces, and the contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pulumi

from infrastructure.cluster import ClusterAccess, access_to, find_cluster, make_cluster
from infrastructure.eks.upgrades import OUTPUT as KUBERNETES_VERSION
from infrastructure.guards import check_guards, install_guards
from infrastructure.namespaces import Granted, declare_namespaces, grant_namespaces
from infrastructure.roles import declare_roles
from infrastructure.settings import InfrastructureSettings
from infrastructure.tenant_credentials import OUTPUT as TENANT_KUBECONFIGS
from infrastructure.tenant_credentials import credential_tenants, tenant_kubeconfigs
from shared.cluster.connection import connect
from shared.cluster.identity import check_cluster
from shared.cluster.live import NOT_LOOKED, look, look_at_usage, look_into
from shared.held import HeldState, held_by
from shared.program import refusable
from shared.refusal import Refusal
from shared.settings.source import load
from shared.stack_name import StackName, this_stack


@refusable
def provision() -> None:
    """Provision the cluster as the stack's settings say.

    Raises:
        RunError: the settings are wrong, the cluster is not the one it was, or ownership forbids it.
    """
    settings = load(InfrastructureSettings)
    here = this_stack()
    held = held_by(here)
    cluster = make_cluster(settings, here, held) if settings.cluster == "eks" else None
    access = access_to(cluster) if cluster else find_cluster(settings)

    look_through = partial(_examine, settings=settings, here=here, held=held, access=access)
    examined: pulumi.Output[Examined]
    if isinstance(access.kubeconfig, str):
        examined = pulumi.Output.from_input(look_through(access.kubeconfig))
        kubeconfig = pulumi.Output.secret(access.kubeconfig)
    else:
        # Known at a preview too, unless the cluster is yet to be made; then there is nothing on it to lose.
        kubeconfig = pulumi.Output.from_input(access.kubeconfig)
        examined = kubeconfig.apply(refusable(look_through))
    identifier = access.identifier or examined.apply(lambda known: known.identifier)
    # Nothing reaches the cluster before it was looked at.
    provider = connect(pulumi.Output.all(kubeconfig, examined).apply(lambda known: known[0]), identifier)
    install_guards(here.owner, settings.organization, provider)
    declare_roles(here.owner, provider)
    records = declare_namespaces(
        settings.namespaces, examined.apply(lambda known: known.granted), here, provider
    )
    if cluster:
        cluster.install_ingress(provider)

    pulumi.export("kubeconfig", access.exported or kubeconfig)
    pulumi.export("cluster_identifier", identifier)
    pulumi.export("cluster_name", access.name)
    pulumi.export("ingress_class", access.ingress_class)
    pulumi.export("namespaces", records)
    pulumi.export("organization", settings.organization.model_dump(mode="json", exclude_unset=True))
    if credential_tenants(settings) and isinstance(access.kubeconfig, str):
        pulumi.export(TENANT_KUBECONFIGS, tenant_kubeconfigs(settings, access.kubeconfig, held))
    if access.ingress_controllers is not None:
        peers = [peer.model_dump(mode="json", exclude_unset=True) for peer in access.ingress_controllers]
        pulumi.export("ingress_controllers", peers)
    if settings.app_namespace:
        pulumi.export("app_namespace", settings.app_namespace)
    if settings.eks and cluster:
        pulumi.export(KUBERNETES_VERSION, settings.eks.version)


@dataclass(frozen=True)
class Examined:
    """What a look at the cluster allows for.

    Args:
        identifier: stays for the cluster's life.
        granted: the claims to the platform's namespaces.
    """

    identifier: str
    granted: Mapping[str, Granted]


def _examine(
    kubeconfig: str,
    *,
    settings: InfrastructureSettings,
    here: StackName,
    held: HeldState,
    access: ClusterAccess,
) -> Examined:
    """Look at the cluster, and refuse what must not be done to it."""
    try:
        live = look(kubeconfig, settings.namespaces)
    except Refusal as unreachable:
        if access.is_there or not pulumi.runtime.is_dry_run():
            raise
        # This stack itself makes the cluster reachable; its update looks again, before it touches any object.
        pulumi.log.warn(f"The cluster could not be looked at in this preview: {unreachable.fact}")
        live = NOT_LOOKED
    identifier = access.identifier or live.identifier
    check_cluster(identifier, live, held, stack=here.short, forget=f"make infra-forget ENV={here.stack}")
    if live.looked:
        check_guards(kubeconfig, here.owner)
    granted = grant_namespaces(
        settings,
        here,
        held,
        live,
        demands_in=partial(look_into, kubeconfig),
        usage_in=partial(look_at_usage, kubeconfig),
        ingress_controllers=access.ingress_controllers,
    )
    return Examined(identifier, granted)
