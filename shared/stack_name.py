"""Stack names: how one stack refers to another, and what it is called as an owner."""

import re
from dataclasses import dataclass

import pulumi

from shared.refusal import Refusal

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
MAXIMUM_LABEL_LENGTH = 63
"""Kubernetes: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set"""


@dataclass(frozen=True)
class StackName:
    """A stack's full name.

    Args:
        organization: the backend's organization; `organization` on a file or object store backend.
        project: the Pulumi project, as its Pulumi.yaml names it.
        stack: the stack, which is the environment.
    """

    organization: str
    project: str
    stack: str

    @property
    def reference(self) -> str:
        """The name by which a StackReference finds it."""
        return f"{self.organization}/{self.project}/{self.stack}"

    @property
    def owner(self) -> str:
        """The name under which it owns objects: a label value and a field manager."""
        return f"{self.project}.{self.stack}"

    @property
    def short(self) -> str:
        """The name as people write it in settings."""
        return f"{self.project}/{self.stack}"


def this_stack() -> StackName:
    """The stack that is running.

    Raises:
        Refusal: its name makes no label value.
    """
    here = StackName(pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())
    if len(here.owner) > MAXIMUM_LABEL_LENGTH or not _LABEL_VALUE.fullmatch(here.owner):
        raise Refusal(
            f"The stack's owner name '{here.owner}' is no label value of at most 63 characters.",
            "Give the stack a shorter name of letters, digits, '.', '_' and '-', ending with a letter or digit.",
        )
    return here


def parse_stack_name(text: str, *, default_project: str, setting: str) -> StackName:
    """Read a stack's name as people write it: `stack`, `project/stack` or `organization/project/stack`.

    Args:
        text: the name.
        default_project: the project where the name has none.
        setting: the setting that holds it, with its file, for the refusal.

    Raises:
        Refusal: the name has none of the three forms.
    """
    parts = text.split("/")
    if len(parts) > 3 or not all(_PART.fullmatch(part) for part in parts):  # noqa: PLR2004 - the three forms
        raise Refusal(
            f"{setting} is '{text}', which names no stack.",
            "Write it as <project>/<stack>, for example service-infrastructure/dev.",
        )
    *organization, project, stack = [default_project, *parts] if len(parts) == 1 else parts
    return StackName(organization[0] if organization else pulumi.get_organization(), project, stack)
