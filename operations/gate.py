"""The plan gate: which steps of a plan delete or replace something protected, and which of them are allowed by name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from operations.engine.events import Step
from shared.errors import Refusal
from shared.program import parse_allowed

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
_CLUSTER = ("Cluster", "NodeGroup", "Vpc", "Subnet", "Key")
DATA = ("Bucket", "Table", "Instance", "FileSystem", "Volume", "CustomResourceDefinition")
"""Kinds that hold data outside of a stack's namespace: in a cloud, or the objects of others of a custom kind."""
PROTECTED = frozenset({"Namespace", *_WORKLOADS, *_CLUSTER, "PersistentVolumeClaim", *DATA})
"""Kinds whose loss is an outage: a namespace with the workloads and data in it; the cluster below them with its nodes,
its network, and the key without which no secret can be read; what holds data beside it."""

_DELETES = frozenset({"delete", "delete-replaced", "discard-replaced"})
_REPLACES = frozenset({"replace", "create-replacement"})

_LONGEST = 60_000
"""Characters of a comment; GitHub refuses a body of more than 65,536."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#&])")


@dataclass(frozen=True)
class Verdict:
    """The gate's verdict on one step; the first two are on one that loses something protected."""

    step: Step
    words: Literal["refused", "allowed by name", "kept on the cluster", "fine"]

    @property
    def refused(self) -> bool:
        """Whether the plan must not run because of it."""
        return self.words == "refused"


def judge(steps: Sequence[Step], allow: str) -> list[Verdict]:
    """Judge each step of a plan that changes something.

    `allow` is what may be deleted or replaced in this run, as `Kind/name` separated by commas, upper and lower case
    alike. A namespace's name allows for the workloads in it too.
    """
    allowed, rolled = parse_allowed(allow), _rolled(steps)
    verdicts: list[Verdict] = []
    for step in steps:
        if step.is_change:
            names = {step.title, *(f"Namespace/{name}" for name in (step.namespace, step.left) if name)}
            is_allowed = allowed & {name.lower() for name in names}
            loses = step.operation in _REPLACES or (step.operation in _DELETES and not step.retained)
            if loses and step.kind in PROTECTED and not step.ended and step.urn not in rolled:
                verdicts.append(Verdict(step, "allowed by name" if is_allowed else "refused"))
            else:
                verdicts.append(Verdict(step, "kept on the cluster" if step.is_kept else "fine"))
    return verdicts


def enforce(label: str, verdicts: Iterable[Verdict]) -> None:
    """Refuse a plan that deletes or replaces something protected that is not allowed by name; all of it is named."""
    refused = {verdict.step.title: verdict.step for verdict in verdicts if verdict.refused}
    if refused:
        fact = f"The plan for {label} deletes or replaces protected resources:"
        for title, step in refused.items():
            is_replaced = step.operation in (*_REPLACES, "delete-replaced")
            fact += f"\n    {'replace' if is_replaced else 'delete'} {title}"
        remedy = f"Nothing was changed. To proceed, run again with ALLOW={','.join(sorted(refused))}"
        raise Refusal(fact, remedy)


def marker(label: str) -> str:
    """The first line of a stack's comment on a pull request, by which the next run finds it."""
    return f"<!-- plan for {label} -->"


def plan_as_markdown(label: str, verdicts: Sequence[Verdict], tally: str) -> str:
    """A judged plan as a comment on a pull request, for a stack such as `day/dev`."""
    refused = sum(verdict.refused for verdict in verdicts)
    head = [marker(label), f"### {_text(label)}: {_text(tally)}", ""]
    if refused:
        head += [f"**Refused**: {refused} of these would delete or replace protected resources.", ""]
    if not verdicts:
        return "\n".join([*head, "Nothing to do."])
    rows = [_row(verdict) for verdict in sorted(verdicts, key=lambda verdict: not verdict.refused)]
    head += ["| What | Where | Verdict |", "| --- | --- | --- |"]
    return "\n".join([*head, *_fitting(rows, _LONGEST - sum(map(len, head)))])


def error_as_markdown(label: str, end: str, message: str) -> str:
    """Why there is no plan, and how the preview ended, such as `refused`."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", message)), default=0))
    shortened = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}\n…"
    return "\n".join([marker(label), f"### {_text(label)}: {_text(end)}", "", fence, shortened, fence])


def _rolled(steps: Sequence[Step]) -> set[str]:
    """The URNs of node groups that are created again before the old one is deleted: what runs there moves over."""
    created: set[str] = set()
    rolled: set[str] = set()
    for step in steps:
        if step.kind == "NodeGroup" and step.operation == "create-replacement":
            created.add(step.urn)
        if step.urn in created and step.operation == "delete-replaced":
            rolled.add(step.urn)
    return rolled


def _fitting(rows: Sequence[str], room: int) -> list[str]:
    """The rows that there is room for, and how many there is none for."""
    taken: list[str] = []
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            return [*taken, f"| … and {len(rows) - len(taken)} more | | |"]
        taken.append(row)
    return taken


def _row(verdict: Verdict) -> str:
    step = verdict.step
    what = f"{step.words} {_text(step.title)}"
    if step.operation == "update" and step.changed:
        what += f" ({_text(', '.join(step.changed[:3]))})"
    words = f"**{verdict.words}**" if verdict.refused else verdict.words
    return f"| {what} | {_text(step.namespace)} | {words} |"


def _text(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
