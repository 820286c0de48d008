"""Stacks with their settings, as values."""

from operations.facts import StackFacts
from shared.errors import Refusal
from shared.ownership.claim import Claim
from shared.stacks import Stack

PLATFORM = Stack("service-infrastructure", "dev")
A, B, C, D, E = (Stack(f"{name}-service-app", "dev") for name in "abcde")


def settings_of(
    stack: Stack,
    name: str = "dev",
    *,
    reads_from: Stack | None = None,
    adopt_from: str = "",
    infrastructure: Stack = PLATFORM,
) -> StackFacts:
    """Settings that ask to own one namespace, or to read it from another stack."""
    file = f"{stack.service}.yaml"
    claim = Claim(name, stack, reads_from or stack, file, adopt_from)
    return StackFacts(stack, file, infrastructure, (claim,))


def faulty(stack: Stack) -> StackFacts:
    """Settings that cannot be read."""
    return StackFacts(stack, f"{stack.service}.yaml", PLATFORM, fault=Refusal("Wrong.", "Correct it."))


def by_stack(*settings: StackFacts) -> dict[Stack, StackFacts]:
    """Settings by their stack."""
    return {one.stack: one for one in settings}
