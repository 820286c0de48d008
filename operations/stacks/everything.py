"""Everything at once: the local cluster where one is asked for, infrastructure, all services, and a picture."""

import yaml

from operations.cluster.local import LocalCluster
from operations.console import out
from operations.engine.project import StackId, infrastructure_stack
from operations.stacks.deploy import deploy
from operations.stacks.fleet import for_each, stacks_of
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
    infrastructure = infrastructure_stack(environment)
    if _is_local(infrastructure):
        status = LocalCluster.of_checkout().up(toolchain)
        out.print(f"{status.name}: Kubernetes {status.kubernetes_version}, {status.server}")
    deploy(infrastructure, toolchain)
    code = for_each(stacks_of(environment), lambda stack: deploy(stack, toolchain))
    overview(environment, toolchain)
    return code


def _is_local(stack: StackId) -> bool:
    settings = yaml.safe_load(stack.project.settings_file(stack.environment).read_text()) or {}
    return bool((settings.get("config") or {}).get(f"{stack.project.name}:cluster") == "local")
