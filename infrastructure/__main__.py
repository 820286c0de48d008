"""The cluster, the policies that protect what is on it, and the namespaces that the platform owns."""

import datetime
from functools import partial

import pulumi

from infrastructure.admission import declare_policies
from infrastructure.cluster import find_cluster, observe_cluster
from infrastructure.namespaces import plan_namespaces
from infrastructure.settings import InfrastructureSettings
from infrastructure.tenant_credentials import issue_certificates, tenant_kubeconfigs
from shared.components.namespace import declare_namespace
from shared.components.provider import connect
from shared.config.source import load, settings_file
from shared.program import connected, refusals
from shared.stacks import this_stack
from shared.state import own_state

# What has to be known first, and what follows from it; until here a refusal leaves everything as it is.
with refusals():
    settings, stack, file = load(InfrastructureSettings), this_stack(), settings_file()
    state = own_state(stack)
    access = find_cluster(settings, stack, state, file)
    cluster = observe_cluster(access, settings.namespaces, stack, state)
    if cluster:
        connected(access.kubeconfig or "")
    plans = plan_namespaces(settings, stack, file, contract=access.contract, state=state, cluster=cluster)
    lifetime = datetime.timedelta(days=settings.tenant_credential_days)
    credentials = tenant_kubeconfigs(
        settings.credential_tenants,
        access.kubeconfig or "",
        state.outputs.get("tenant_kubeconfigs"),
        None
        if pulumi.runtime.is_dry_run()
        else partial(issue_certificates, access.kubeconfig or "", lifetime),
        datetime.datetime.now(datetime.UTC),
    )

# The cluster, where this stack creates it.
eks = None
identifier = access.identifier or (cluster.identifier if cluster else "")
kubeconfig: pulumi.Input[str] = pulumi.Output.secret(access.kubeconfig or "")
exported = kubeconfig
if settings.eks and access.zones and access.connect:
    from infrastructure.eks.cluster import EksCluster

    teams = {
        team: [name for name, own in settings.namespaces.items() if own.team == team]
        for team in settings.eks.access.teams
    }
    eks = EksCluster(
        settings.eks,
        teams,
        stack,
        provider=access.connect(),
        zones=access.zones,
        answered=access.kubeconfig if cluster else None,
    )
    kubeconfig, exported = eks.kubeconfig, eks.exported_kubeconfig

# What is on it: first the policies, then the namespaces that they protect.
provider = connect(kubeconfig, identifier)
policies = declare_policies(stack.owner, settings.organization, access.contract.ingress_class, provider)
records: dict[str, object] = {}
for plan in plans:
    records |= declare_namespace(plan, provider, depends_on=policies)[1]
if eks:
    eks.install_ingress(access.contract.ingress_class, stack.owner, provider)

# The contract.
pulumi.export("kubeconfig", exported)
pulumi.export("cluster_identifier", identifier)
for name, fact in access.contract.model_dump(mode="json", exclude_unset=True).items():
    pulumi.export(name, fact)
pulumi.export("namespaces", records)
pulumi.export("organization", settings.organization.model_dump(mode="json", exclude_unset=True))
if settings.credential_tenants:
    # A preview does not know those that the update has signed.
    unknown: pulumi.Output[object] = pulumi.Output.from_input(pulumi.UNKNOWN)
    pulumi.export("tenant_kubeconfigs", pulumi.Output.secret(unknown if credentials is None else credentials))
if settings.app_namespace:
    pulumi.export("app_namespace", settings.app_namespace)
if settings.eks and eks:
    pulumi.export("kubernetes_version", settings.eks.version)
