"""What is checked of a stack before the engine is asked: its settings, by themselves and beside those of others."""

from operations.engine.project import StackId
from operations.settings.effective import check_settings
from operations.stacks.collision import refuse_collisions
from operations.toolchain import Toolchain


def refuse_wrong(stack: StackId, toolchain: Toolchain) -> None:
    """Refuse a stack whose settings are wrong, or ask for what another stack's settings ask for.

    Args:
        stack: the stack.
        toolchain: where the engine is.

    Raises:
        Refusal: anything is wrong.
    """
    check_settings(stack)
    refuse_collisions(stack, toolchain)
