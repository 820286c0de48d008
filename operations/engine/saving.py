"""How often the engine saves a state during an update: after each object, or once at the end."""

from collections.abc import Mapping

from operations.engine.project import StackId, own_setting

VARIABLE = "PULUMI_SKIP_CHECKPOINTS"
"""Source: https://github.com/pulumi/pulumi/issues/10668"""

WITHOUT_SAVING: Mapping[str, str] = {VARIABLE: "true"}
"""For a run that changes nothing. The engine writes a preview's state for each object as well, into the void."""


def saving(stack: StackId) -> Mapping[str, str]:
    """What the engine's environment has to say of it for an update of a stack.

    The engine's file backend writes the whole state for each object, so that the time for many namespaces grows with
    the square of their number. An infrastructure stack whose cluster is there already has nothing but Kubernetes
    objects, and each of them is found again by its name and field manager, whatever the state knows of it: a killed
    update loses nothing by a state that was not saved. What a cloud made would be lost by it, so a stack that makes its
    cluster saves as it goes.
    """
    if stack.is_infrastructure and own_setting(stack, "cluster") in ("local", "existing"):
        return WITHOUT_SAVING
    return {}
