"""The judgement: which steps of a plan would lose something, and which of them were asked for by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from operations.engine.events import Step
from shared.refusal import Refusal

PROTECTED = frozenset(
    {
        "Namespace",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
        "Pod",
        "PersistentVolumeClaim",
        "Cluster",
        "NodeGroup",
        "Vpc",
        "Subnet",
        "Key",
    }
)
"""Kinds whose loss is an outage: a namespace with the workloads and data in it, and the cluster below them with its
nodes, its network, and the key without which no secret can be read."""

_ROLLED = frozenset({"NodeGroup"})
"""Kinds whose replacement loses nothing where the new one is there first: what runs on the old one moves over."""

_DELETES = frozenset({"delete", "delete-replaced", "discard-replaced"})
_REPLACES = frozenset({"replace", "create-replacement"})


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one step.

    Args:
        step: the step.
        loses: whether it would delete or replace something protected.
        allowed: whether it was asked for by name.
    """

    step: Step
    loses: bool
    allowed: bool

    @property
    def refused(self) -> bool:
        """Whether the plan must not run because of it."""
        return self.loses and not self.allowed


def judge(steps: Sequence[Step], allow: str) -> list[Verdict]:
    """Judge a plan.

    Args:
        steps: what a preview plans.
        allow: what may be lost in this run, as `Kind/name` separated by commas, upper and lower case alike.
            A namespace's name allows for the workloads in it too.

    Returns:
        A verdict on each step that changes something.
    """
    allowed = {item.strip().lower() for item in allow.split(",") if item.strip()}
    rolled = _rolled(steps)
    return [
        Verdict(step, step.urn not in rolled and _loses(step), bool(allowed & _names(step)))
        for step in steps
        if step.is_change
    ]


def enforce(label: str, verdicts: Iterable[Verdict]) -> None:
    """Refuse a plan that would lose something that nobody asked to lose.

    Args:
        label: the stack's name, for the message.
        verdicts: the judgement.

    Raises:
        Refusal: a step was refused; all of them are named.
    """
    refused = {verdict.step.title: verdict.step for verdict in verdicts if verdict.refused}
    if refused:
        lines = "\n".join(f"    {_action(step)} {title}" for title, step in refused.items())
        raise Refusal(
            f"The plan for {label} would lose what nobody asked to lose:\n{lines}",
            f"Nothing was changed. If it is meant, name it: ALLOW={','.join(sorted(refused))}",
        )


def _rolled(steps: Sequence[Step]) -> set[str]:
    """The URNs of what is made anew before the old one goes, and whose kind bears that."""
    made: set[str] = set()
    rolled: set[str] = set()
    for step in steps:
        if step.kind in _ROLLED and step.operation == "create-replacement":
            made.add(step.urn)
        if step.urn in made and step.operation == "delete-replaced":
            rolled.add(step.urn)
    return rolled


def _loses(step: Step) -> bool:
    deletes = step.operation in _DELETES and not step.retained
    return step.kind in PROTECTED and (deletes or step.operation in _REPLACES)


def _names(step: Step) -> set[str]:
    places = {place for place in (step.namespace, step.left) if place}
    return {step.title.lower()} | {f"namespace/{place}".lower() for place in places}


def _action(step: Step) -> str:
    return "replace" if step.operation in _REPLACES or step.operation == "delete-replaced" else "delete"
