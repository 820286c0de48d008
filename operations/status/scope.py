"""The scope of a status: from a service and an environment to the clusters and stacks that are asked for."""

import contextlib

from operations.engine.project import StackId, infrastructure, infrastructure_stack, service_stack, services
from operations.stacks.connection import infrastructure_of
from operations.stacks.fleet import stacks_of
from operations.status.disagreements import ClusterStatus, examine
from operations.status.gather import gather
from operations.toolchain import Toolchain
from shared.refusal import Refusal


def statuses(service: str, environment: str, toolchain: Toolchain) -> list[ClusterStatus]:
    """Look at the clusters that are asked for.

    Args:
        service: the service whose namespaces are asked for; all where empty.
        environment: the environment whose cluster is asked for; all whose infrastructure is deployed where empty.
        toolchain: where the engine is.

    Raises:
        Refusal: there is no such service or environment, or none of their infrastructure stacks is deployed.
    """
    applications = _applications(service, environment)
    platforms = _platforms(environment, applications)
    clusters = gather(toolchain, lambda stack: not platforms or stack in platforms)
    if not clusters:
        named = platforms[0].environment if platforms else environment or "dev"
        raise Refusal(
            f"The infrastructure stack of {environment or 'every environment'} exports no cluster to look at.",
            f"Deploy it first: make infra-up ENV={named}",
        )
    only = [stack.owner for stack in applications] if service else []
    return [examine(cluster, only) for cluster in clusters]


def platforms_of(environment: str) -> list[StackId]:
    """The infrastructure stacks whose clusters an environment's stacks are on; empty for all.

    Raises:
        Refusal: there is no such environment.
    """
    return _platforms(environment, _applications("", environment))


def _applications(service: str, environment: str) -> list[StackId]:
    """The application stacks whose namespaces or clusters are asked for; none where a whole cluster is."""
    if service and environment:
        return [service_stack(service, environment)]
    if service:
        known = services()
        project = known[service] if service in known else service_stack(service, "").project
        return [StackId(project, name) for name in project.environments]
    if environment and environment not in infrastructure().environments:
        return stacks_of(environment)
    return []


def _platforms(environment: str, applications: list[StackId]) -> list[StackId]:
    """The infrastructure stacks whose clusters are asked for; empty for all."""
    if not applications:
        return [infrastructure_stack(environment)] if environment else []
    if len(applications) == 1:
        return [infrastructure_of(applications[0])]
    found = []
    for application in applications:
        # One whose infrastructure stack this checkout does not have is on none of its clusters.
        with contextlib.suppress(Refusal):
            found.append(infrastructure_of(application))
    return found
