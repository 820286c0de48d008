"""An application stack: a namespace of its own or of another stack, and a web service in it."""

from dataclasses import replace

import pulumi
import pulumi_kubernetes as kubernetes

from shared.cluster.connection import connect
from shared.contract import INFRASTRUCTURE_PROJECT, read_contract
from shared.held import held_by
from shared.isolation.component import Isolation
from shared.ownership.claim import Claim
from shared.ownership.namespace import declare_namespace, namespace_record
from shared.ownership.owned import Ownership
from shared.ownership.rename import refuse_rename
from shared.ownership.settlement import Settlement, settle
from shared.program import refusable
from shared.refusal import Refusal
from shared.settings.application import ApplicationSettings
from shared.settings.source import load, settings_file
from shared.stack_name import StackName, parse_stack_name, this_stack
from shared.web_service import WebService, WebServiceSpecification
from shared.web_service.scaling import largest_demand


@refusable
def deploy(service: str) -> None:
    """Deploy a service as its stack's settings say.

    Args:
        service: the service's name, such as `day-service`; its objects are named after it.

    Raises:
        RunError: the settings are wrong, or the namespace's ownership forbids it; nothing was declared.
    """
    settings = load(ApplicationSettings)
    here = this_stack()
    infrastructure = parse_stack_name(
        settings.infra_stack_name or here.stack,
        default_project=INFRASTRUCTURE_PROJECT,
        setting=f"infra_stack_name in {settings_file()}",
    )
    source = None if settings.create_namespace else _source(settings, infrastructure)
    claim = _claim(service, settings, here)
    held = held_by(here)
    refuse_rename(claim, held)

    contract = read_contract(infrastructure, source)
    settlement = pulumi.Output.unsecret(
        contract.apply(
            refusable(
                lambda known: settle(
                    claim,
                    here,
                    source,
                    known,
                    held,
                    settings=settings,
                    demand=largest_demand(service, settings),
                )
            )
        )
    )
    # The kubeconfig stays the secret that it is; nothing reaches the cluster before the claim is settled.
    kubeconfig = pulumi.Output.all(contract, settlement).apply(
        lambda known: known[1].own_kubeconfig or known[0].infrastructure.kubeconfig
    )
    provider = connect(kubeconfig, settlement.apply(lambda settled: settled.cluster_identifier))

    owned = None
    if settings.create_namespace:
        ownership = settlement.apply(lambda settled: settled.ownership or Ownership())
        owned = declare_namespace(
            claim.name,
            here.owner,
            ownership,
            provider,
            labels=settlement.apply(lambda settled: settled.labels),
            protect=settings.protect_namespace,
        )
    namespace = owned.metadata["name"] if owned else settlement.apply(lambda _: claim.name)

    isolation = []
    if settings.governs:
        isolation.append(_isolate(claim, namespace, settlement, provider))

    specification = pulumi.Output.all(namespace, settlement).apply(
        lambda known: _specification(service, known[0], here, known[1], settings)
    )
    web = WebService(
        specification,
        name=service,
        namespace=claim.name,
        owner=here.owner,
        held=held,
        provider=provider,
        after=isolation,
    )

    pulumi.export("namespace", namespace)
    pulumi.export("namespace_owner", settlement.apply(lambda settled: settled.owner))
    pulumi.export("image", specification.apply(lambda spec: spec.image))
    pulumi.export("deployment_name", web.deployment.metadata["name"])
    pulumi.export("service_name", web.service.metadata["name"])
    pulumi.export("hpa_name", web.autoscaler.metadata["name"])
    pulumi.export("ingress_name", web.ingress.metadata["name"])
    pulumi.export("url", specification.apply(lambda spec: spec.url))
    pulumi.export("namespaces", {claim.name: namespace_record(owned, here.owner)} if owned else {})
    pulumi.export("cluster_identifier", settlement.apply(lambda settled: settled.cluster_identifier))


def _source(settings: ApplicationSettings, infrastructure: StackName) -> StackName:
    if not settings.namespace_source:
        return infrastructure
    return parse_stack_name(
        settings.namespace_source,
        default_project=infrastructure.project,
        setting=f"namespace_source in {settings_file()}",
    )


def _claim(service: str, settings: ApplicationSettings, here: StackName) -> Claim:
    try:
        name = settings.namespace_name(service=service, environment=here.stack)
    except ValueError as error:
        raise Refusal(
            f"{settings_file()} makes no usable namespace: {error}.",
            "Set namespace, or correct namespace_pattern and team.",
        ) from None
    return Claim(
        name=name,
        claimant=here.owner,
        file=settings_file(),
        adopt_from=settings.adopt_namespace_from,
        refresh=f"make app-refresh SERVICE={service.removesuffix('-service')} ENV={here.stack}",
    )


def _isolate(
    claim: Claim,
    namespace: pulumi.Output[str],
    settlement: pulumi.Output[Settlement],
    provider: kubernetes.Provider,
) -> Isolation:
    """The isolation, once its namespace is there."""
    specification = pulumi.Output.all(settlement, namespace).apply(
        lambda known: replace(known[0].isolation, namespace=known[1])
    )
    return Isolation(specification, namespace=claim.name, provider=provider)


def _specification(
    service: str, namespace: str, here: StackName, settled: Settlement, settings: ApplicationSettings
) -> WebServiceSpecification:
    return WebServiceSpecification(service, namespace, here.owner, settled.ingress_class, settings)
