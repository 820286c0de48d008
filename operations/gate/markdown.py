"""The judgement as Markdown: a comment on a pull request, told from others by its first line."""

import re
from collections.abc import Sequence

from operations.engine.events import Step
from operations.gate.judgement import Verdict

_LONGEST = 60_000
"""Characters of a comment; GitHub refuses a body of more than 65,536."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#&])")


def marker(label: str) -> str:
    """The first line of a stack's comment, by which the next run finds it.

    Args:
        label: the stack, such as `day/dev`.
    """
    return f"<!-- plan for {label} -->"


def plan_as_markdown(label: str, verdicts: Sequence[Verdict], tally: str) -> str:
    """Lay a judged plan out.

    Args:
        label: the stack.
        verdicts: the judgement on each step that changes something.
        tally: the plan's sum.
    """
    refused = sum(verdict.refused for verdict in verdicts)
    head = [marker(label), f"### {_text(label)}: {_text(tally)}", ""]
    if refused:
        head += [f"**Refused**: {refused} of these would lose what nobody asked to lose.", ""]
    if not verdicts:
        return "\n".join([*head, "Nothing to do."])
    rows = [_row(verdict) for verdict in sorted(verdicts, key=lambda verdict: not verdict.refused)]
    head += ["| What | Where | Judgement |", "| --- | --- | --- |"]
    return "\n".join([*head, *_fitting(rows, _LONGEST - sum(map(len, head)))])


def end_as_markdown(label: str, end: str, words: str) -> str:
    """Lay out why there is no plan.

    Args:
        label: the stack.
        end: how the preview ended, such as `refused`.
        words: what was said.
    """
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", words)), default=0))
    shortened = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}\n…"
    return "\n".join([marker(label), f"### {_text(label)}: {_text(end)}", "", fence, shortened, fence])


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
    return f"| {_action(step)} {_text(step.title)}{_changed(step)} | {_text(step.namespace)} | {_words(verdict)} |"


def _action(step: Step) -> str:
    if step.retained and step.operation == "delete":
        return "keep, and no longer own"
    return step.operation


def _changed(step: Step) -> str:
    return f" ({_text(', '.join(step.changed[:3]))})" if step.operation == "update" and step.changed else ""


def _words(verdict: Verdict) -> str:
    if verdict.refused:
        return "**refused**"
    if verdict.loses:
        return "allowed by name"
    return "kept on the cluster" if verdict.step.retained and verdict.step.operation == "delete" else "fine"


def _text(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
