"""Everything at once: the local cluster where one is asked for, infrastructure, all services, and a picture."""

from operations.cluster.local import LocalCluster
from operations.console import out
from operations.engine.project import StackId, infrastructure, infrastructure_stack, own_setting
from operations.stacks.connection import infrastructure_of
from operations.stacks.deploy import deploy
from operations.stacks.fleet import stacks_of
from operations.stacks.fleet_verbs import deploy_all
from operations.stacks.overview import overview
from operations.toolchain import Toolchain


def bring_up(environment: str, toolchain: Toolchain) -> int:
    """Bring an environment up from whatever is there.

    Args:
        environment: which environment.
        toolchain: where the tools are.

    Returns:
        The worst exit code of the services: 0, 1 for a failure, 2 for a refusal.

    Raises:
        Refusal: the cluster or the infrastructure stack refuses.
        EngineFailure: the infrastructure stack failed.
    """
    for platform in _platforms(environment):
        if own_setting(platform, "cluster") == "local":
            status = LocalCluster.of_checkout().up(toolchain)
            out.print(f"{status.name}: Kubernetes {status.kubernetes_version}, {status.server}")
        deploy(platform, toolchain)
    code = deploy_all(stacks_of(environment), toolchain)
    overview(environment, toolchain)
    return code


def _platforms(environment: str) -> list[StackId]:
    """The infrastructure stack of an environment; of one that has none, those that its services name."""
    applications = stacks_of(environment)
    if environment in infrastructure().environments or not applications:
        return [infrastructure_stack(environment)]
    return list(dict.fromkeys(infrastructure_of(stack) for stack in applications))
