"""The namespaces that the platform owns, by the same rules as everybody's."""

from infrastructure.settings import InfrastructureSettings
from shared.components.namespace import NamespacePlan, plan_namespace
from shared.contract import ClusterContract
from shared.errors import Refusal
from shared.kube.observed import ObservedCluster
from shared.ownership.capacity import check_fit
from shared.ownership.claim import platform_claims
from shared.ownership.decision import check_release
from shared.stacks import Stack
from shared.state import State


def plan_namespaces(
    settings: InfrastructureSettings,
    stack: Stack,
    file: str,
    *,
    contract: ClusterContract,
    state: State,
    cluster: ObservedCluster | None,
) -> list[NamespacePlan]:
    """Plan all namespaces that the settings in the file name, or refuse all that do not fit in one message.

    `cluster` is what was observed; None where there is no cluster yet.
    """
    for old in state.namespaces:
        if old.name not in settings.namespaces:
            check_release(stack, old, f"Add it to namespaces in {file} and deploy once, then remove it.")
    plans: list[NamespacePlan] = []
    refusals: list[Refusal] = []
    for claim in platform_claims(settings.namespaces, stack, file):
        try:
            plan = plan_namespace(
                claim,
                settings.namespaces[claim.name],
                settings.organization,
                contract,
                state=state,
                cluster=cluster,
                tenants=claim.tenants if settings.credential_tenants else (),
            )
            check_fit(claim, plan.isolation, cluster, ())
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            plans.append(plan)
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise Refusal(
            f"{len(refusals)} namespaces cannot be owned by {stack}:\n"
            + "\n".join(f"  - {refusal}" for refusal in refusals),
            "Nothing was changed.",
        )
    return plans
