"""The infrastructure program: a cluster, its guards, the platform's namespaces, and the contract."""

import pulumi

from infrastructure.cluster import find_cluster
from infrastructure.guards import check_guards, install_guards
from infrastructure.namespaces import declare_namespaces, grant_namespaces
from infrastructure.settings import InfrastructureSettings
from shared.cluster.connection import connect
from shared.cluster.identity import check_cluster
from shared.cluster.live import look
from shared.held import held_by
from shared.program import refusable
from shared.refusal import Refusal
from shared.settings.source import load, settings_file
from shared.stack_name import this_stack


@refusable
def provision() -> None:
    """Provision the cluster as the stack's settings say.

    Raises:
        RunError: the settings are wrong, the cluster is not the one it was, or ownership forbids it.
    """
    settings = load(InfrastructureSettings)
    if settings.app_namespace and settings.app_namespace not in settings.namespaces:
        raise Refusal(
            f"{settings_file()} sets app_namespace: {settings.app_namespace}, "
            "which is not among its namespaces.",
            "Add it to namespaces, or remove app_namespace.",
        )
    here = this_stack()
    held = held_by(here)
    access = find_cluster(settings)
    live = look(access.kubeconfig, settings.namespaces)
    check_cluster(live.identifier, live, held, stack=here.short, forget=f"make infra-forget ENV={here.stack}")
    check_guards(access.kubeconfig, here.owner)
    granted = grant_namespaces(settings.namespaces, here, held, live)

    provider = connect(pulumi.Output.secret(access.kubeconfig), live.identifier)
    install_guards(here.owner, provider)
    records = declare_namespaces(settings.namespaces, granted, here, provider)

    pulumi.export("kubeconfig", pulumi.Output.secret(access.kubeconfig))
    pulumi.export("cluster_identifier", live.identifier)
    pulumi.export("cluster_name", access.name)
    pulumi.export("ingress_class", access.ingress_class)
    pulumi.export("namespaces", records)
    if settings.app_namespace:
        pulumi.export("app_namespace", settings.app_namespace)
