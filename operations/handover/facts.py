"""The facts of a handover: who owns the namespace by the live object, by states and by settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from operations.engine.project import StackId
from operations.engine.stack import EngineStack
from operations.handover.intent import Intent, find_stack, intents, namespace_of
from operations.handover.proof import Picture, take_picture
from operations.stacks.connection import infrastructure_of
from operations.stacks.state import StateNamespace, namespaces, outputs, read_state
from operations.toolchain import Toolchain
from shared.cluster.api import cluster_api
from shared.labels import UNOWNED
from shared.refusal import Refusal


@dataclass(frozen=True)
class Facts:
    """What is true of a namespace before its handover, or in the middle of one.

    Args:
        name: the namespace.
        platform: the infrastructure stack of its cluster.
        target: the stack that is to own it.
        picture: the live namespace and what lives in it.
        held: the stacks that have a say in it, each with the Namespace in its state, if any.
        intents: the stacks that own or read it by their settings.
        exported: whether the target exports it already, so that others can read it from there.
    """

    name: str
    platform: StackId
    target: StackId
    picture: Picture
    held: Mapping[StackId, StateNamespace | None]
    intents: tuple[Intent, ...]
    exported: bool = True

    @property
    def owner(self) -> str:
        """The live owner, `<project>.<stack>`, or `unowned`."""
        return self.picture.owner or UNOWNED

    def wants(self, stack: StackId) -> bool:
        """Whether a stack's settings declare the namespace."""
        return any(intent.owns and intent.stack == stack for intent in self.intents)

    @property
    def other_owners(self) -> list[StackId]:
        """The stacks besides the target that hold the namespace in their state, or declare it by their settings."""
        return [
            stack for stack, held in self.held.items() if stack != self.target and (held or self.wants(stack))
        ]

    @property
    def readers(self) -> list[StackId]:
        """The stacks that read the namespace from somebody else than the target, and are not to own it."""
        return [
            intent.stack
            for intent in self.intents
            if not intent.owns and intent.stack != self.target and intent.source != self.target.owner
        ]


def gather(stack: StackId, to: str, kubeconfig: str, toolchain: Toolchain) -> Facts:
    """Gather the facts of a handover; nothing is changed.

    Args:
        stack: the application whose namespace is to move.
        to: `infrastructure`, `application`, or another stack as `<project>/<stack>`.
        kubeconfig: the cluster's, as its infrastructure stack exports it.
        toolchain: where the engine is.

    Raises:
        Refusal: there is no such stack or namespace, or the cluster does not answer.
    """
    name, platform = namespace_of(stack), infrastructure_of(stack)
    target = _target(stack, platform, to)
    with cluster_api(kubeconfig) as api:
        picture = take_picture(api, name)
    found = intents(name, platform)
    concerned = {intent.stack for intent in found} | {target, stack, platform}
    concerned |= {known for owner in (picture.owner, picture.previous_owner) if (known := find_stack(owner))}
    return Facts(
        name=name,
        platform=platform,
        target=target,
        picture=picture,
        held={item: _holds(item, name, toolchain) for item in sorted(concerned, key=lambda item: item.label)},
        intents=tuple(found),
        exported=name in (outputs(read_state(EngineStack(target, toolchain))).get("namespaces") or {}),
    )


def _target(stack: StackId, platform: StackId, to: str) -> StackId:
    if to == "infrastructure":
        return platform
    if to == "application":
        return stack
    target = find_stack(to.replace("/", ".", 1))
    if target is None:
        raise Refusal(
            f"TO={to or '(nothing)'} names no stack of this checkout." if to else "TO was not given.",
            "Name the new owner: TO=infrastructure, TO=application, or TO=<project>/<stack>.",
        )
    return target


def _holds(stack: StackId, name: str, toolchain: Toolchain) -> StateNamespace | None:
    state = read_state(EngineStack(stack, toolchain))
    return next((namespace for namespace in namespaces(state) if namespace.name == name), None)
