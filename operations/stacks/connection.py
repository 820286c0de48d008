"""The kubeconfig of a stack's cluster, as its infrastructure stack exports it."""

from operations.engine.project import StackId, infrastructure_stack, own_setting
from operations.stacks.kubeconfig import exported_kubeconfig
from operations.toolchain import Toolchain
from shared.refusal import Refusal


def infrastructure_of(stack: StackId) -> StackId:
    """The infrastructure stack that an application stack's settings name.

    Raises:
        Refusal: there is no such environment.
    """
    named = own_setting(stack, "infra_stack_name")
    return infrastructure_stack(str(named or stack.environment).rsplit("/", 1)[-1])


def stack_kubeconfig(stack: StackId, toolchain: Toolchain) -> str:
    """The kubeconfig that an application stack gets from its infrastructure stack.

    Raises:
        Refusal: the infrastructure stack exports none.
    """
    infrastructure = infrastructure_of(stack)
    kubeconfig = exported_kubeconfig(infrastructure, toolchain)
    if not kubeconfig:
        raise Refusal(
            f"The stack {infrastructure.label} exports no kubeconfig.",
            f"Deploy it first: {infrastructure.up}",
        )
    return kubeconfig
