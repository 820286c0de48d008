"""Collisions: two stacks whose settings both ask to own one namespace that neither of them has yet."""

from dataclasses import dataclass
from functools import lru_cache

from operations.engine.project import StackId, all_stacks
from operations.engine.stack import EngineStack
from operations.stacks.state import namespaces, read_state
from operations.status.facts import WishFacts, slashed
from operations.status.wishes import SettingsFacts, read_application, read_infrastructure
from operations.toolchain import Toolchain
from shared.refusal import Refusal


@dataclass(frozen=True)
class _Claim:
    stack: StackId
    settings: SettingsFacts
    wish: WishFacts


def refuse_collisions(stack: StackId, toolchain: Toolchain) -> None:
    """Refuse a stack that asks to own what another stack's settings ask to own too, before anything runs.

    Whoever has the namespace already is not held up by somebody else's wrong settings, and whoever claims one that
    is there is told so by the live namespace, with the owner's name.

    Args:
        stack: the stack that is to be deployed.
        toolchain: where the engine is.

    Raises:
        Refusal: another stack on the same cluster is to own one of its namespaces.
    """
    mine = list(_claims(stack))
    if not mine:
        return
    others = [claim for other in all_stacks() if other != stack for claim in _claims(other)]
    for claim in mine:
        for other in others:
            same = (other.wish.name, other.settings.platform) == (claim.wish.name, claim.settings.platform)
            if same and not _agreed(claim, other) and not _held(claim, other, toolchain):
                raise _refusal(claim, other)


def _claims(stack: StackId) -> tuple[_Claim, ...]:
    files = (stack.project.settings_file(stack.environment), stack.project.folder / "Pulumi.yaml")
    try:
        return _claims_by(stack, tuple(file.read_bytes() for file in files))
    except OSError:
        return _read_claims(stack)


@lru_cache(maxsize=1024)
def _claims_by(stack: StackId, _contents: tuple[bytes, ...]) -> tuple[_Claim, ...]:
    """The claims, read once as long as the files are the same: a fleet asks for all of them for each stack."""
    return _read_claims(stack)


def _read_claims(stack: StackId) -> tuple[_Claim, ...]:
    is_platform = stack.is_infrastructure
    settings = read_infrastructure(stack) if is_platform else read_application(stack)
    return tuple(_Claim(stack, settings, wish) for wish in settings.wishes if wish.owns)


def _agreed(claim: _Claim, other: _Claim) -> bool:
    """Whether one of the two takes the namespace over from the other: the middle of a handover."""
    return claim.wish.adopt_from == other.stack.owner or other.wish.adopt_from == claim.stack.owner


def _held(claim: _Claim, other: _Claim, toolchain: Toolchain) -> bool:
    return any(
        namespace.name == claim.wish.name
        for stack in (claim.stack, other.stack)
        for namespace in namespaces(read_state(EngineStack(stack, toolchain)))
    )


def _refusal(claim: _Claim, other: _Claim) -> Refusal:
    name, owner = claim.wish.name, other.stack.owner
    fact = (
        f"{claim.settings.file} and {other.settings.file} both ask to own the namespace '{name}', "
        "and a namespace has one owner."
    )
    if claim.stack.is_infrastructure:
        return Refusal(
            fact,
            f"Let one of them live in it: remove {name} from namespaces in {claim.settings.file}, "
            f"or set create_namespace: false in {other.settings.file}.",
        )
    return Refusal(
        fact,
        f"In {claim.settings.file}, live in it (create_namespace: false, "
        f"namespace_source: {slashed(owner)}) or choose another name.",
    )
