"""Gathering the facts: settings, states and live objects of every cluster that is asked for."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from operations.checkout import infrastructure, infrastructure_stack, service_stack, services, stacks_of
from operations.facts import StackFacts, all_claims, cluster_of, deploy_first, kubeconfig_of, states
from operations.status.disagreements import ClusterStatus, examine
from operations.status.facts import ClusterFacts, observe_all
from operations.toolchain import Toolchain
from shared.errors import PlatformError, Refusal
from shared.stacks import INFRASTRUCTURE_PROJECT, Stack
from shared.state import State


def statuses(service: str, environment: str, toolchain: Toolchain) -> list[ClusterStatus]:
    """Examine the clusters of a service or an environment; all whose infrastructure is deployed where both are empty.

    Refusal where none of their infrastructure stacks is deployed.
    """
    applications, wanted = asked_for(service, environment)
    clusters, _ = gather(toolchain, wanted)
    if not clusters:
        missing = wanted[0] if wanted else Stack(INFRASTRUCTURE_PROJECT, environment or "dev")
        fact = f"The stack {missing} exports no cluster: it was never deployed, or was taken down."
        raise Refusal(fact, deploy_first(missing))
    return [examine(cluster, applications if service else ()) for cluster in clusters]


def gather(
    toolchain: Toolchain, wanted: Collection[Stack] = (), *, with_workloads: bool = False
) -> tuple[list[ClusterFacts], list[StackFacts]]:
    """Gather the facts of the deployed clusters of the infrastructure stacks `wanted`; of all where that is empty.

    Second come the stacks on no cluster: their settings lead to no deployed one, and their state is about none.
    """
    settings = all_claims()
    # An infrastructure stack may be another checkout's.
    asked = dict.fromkeys((*settings, *(one.infrastructure for one in settings.values())))
    read = states(asked, toolchain)
    stacks = [
        replace(settings.get(stack) or StackFacts(stack, "", stack), state=read.get(stack, State()))
        for stack in dict.fromkeys((*settings, *read))
    ]
    exporting = {facts.stack: facts for facts in stacks if _exports_cluster(facts.state)}
    clusters: dict[str, StackFacts] = {}
    for facts in exporting.values():
        if not wanted or facts.stack in wanted:
            clusters.setdefault(facts.state.cluster, facts)

    identifiers = {facts.state.cluster for facts in exporting.values()}
    apart = [
        facts
        for facts in stacks
        if facts.state.cluster not in identifiers and facts.infrastructure not in exporting
    ]
    with ThreadPoolExecutor(max(1, len(clusters))) as pool:
        observed = pool.map(
            lambda one: _cluster(one, stacks, toolchain, with_workloads=with_workloads), clusters.values()
        )
        return list(observed), apart


def _exports_cluster(state: State) -> bool:
    return "kubeconfig" in state.outputs and bool(state.cluster)


def _cluster(
    provisioner: StackFacts, stacks: Sequence[StackFacts], toolchain: Toolchain, *, with_workloads: bool
) -> ClusterFacts:
    """The facts of the cluster that an infrastructure stack exports."""
    state, live, fault = provisioner.state, None, None
    on = [facts for facts in stacks if facts.state.cluster == state.cluster]
    infrastructure = tuple(facts.stack for facts in on if _exports_cluster(facts.state))
    concerned: list[StackFacts] = []
    for facts in stacks:
        # Its settings may lead to another cluster than its state is about.
        if facts.infrastructure in infrastructure:
            is_elsewhere = facts.state.cluster not in ("", state.cluster)
            concerned.append(replace(facts, state=State()) if is_elsewhere else facts)
        elif facts.state.cluster == state.cluster:
            concerned.append(replace(facts, claims=(), fault=None))
    try:
        kubeconfig = kubeconfig_of(provisioner.stack, toolchain, state)
        declared = [item for facts in on for item in facts.state.objects]
        live = observe_all(kubeconfig, with_workloads=with_workloads, declared=declared)
    except PlatformError as error:
        fault = error
    name = str(state.outputs.get("cluster_name") or state.cluster)
    return ClusterFacts(state.cluster, name, infrastructure, tuple(concerned), live, fault)


def asked_for(service: str, environment: str) -> tuple[list[Stack], list[Stack]]:
    """The application stacks that are asked for, and the infrastructure stacks of their clusters; none for all."""
    applications: list[Stack] = []
    if service:
        known = services()
        every = [] if environment else known.get(service, [])
        applications = every or [service_stack(service, environment)]
    elif environment and all(stack.name != environment for stack in infrastructure()):
        applications = stacks_of(environment)
    if applications:
        return applications, [cluster_of(application) for application in applications]
    return [], [infrastructure_stack(environment)] if environment else []
