"""A stack's names: in settings, as an owner on the cluster, in the engine, and on the command line."""

import re
from dataclasses import dataclass, field

from shared.errors import Refusal

INFRASTRUCTURE_PROJECT = "service-infrastructure"
"""The Pulumi project whose stacks provision clusters."""

_APPLICATION = "-service-app"
"""The end of a service's project name: `day-service-app` in the folder `apps/day`."""

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{,61}[A-Za-z0-9])?")
MAXIMUM_LABEL_LENGTH = 63
"""Kubernetes: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set"""


@dataclass(frozen=True, order=True)
class Stack:
    """A stack of a Pulumi project; its name is the environment's, its text what settings contain: `<project>/<stack>`.

    The organization, which is `organization` on a file or object store backend, does not count in comparisons.
    """

    project: str
    name: str
    organization: str = field(default="organization", compare=False)

    def __str__(self) -> str:
        return f"{self.project}/{self.name}"

    @property
    def owner(self) -> str:
        """Its name as an owner of objects: a label value and a field manager."""
        return f"{self.project}.{self.name}"

    @property
    def reference(self) -> str:
        """The name by which the engine finds it from another stack."""
        return f"{self.organization}/{self.project}/{self.name}"

    @property
    def is_infrastructure(self) -> bool:
        """Whether its project is the infrastructure's, not a service's."""
        return self.project == INFRASTRUCTURE_PROJECT

    @property
    def service(self) -> str:
        """Its project in short: `infrastructure`, or the service's folder, such as `day`."""
        return "infrastructure" if self.is_infrastructure else self.project.removesuffix(_APPLICATION)

    @property
    def service_name(self) -> str:
        """The name of the service that it deploys, such as `day-service`."""
        return f"{self.service}-service"

    @property
    def label(self) -> str:
        """Its name in short, such as `day/dev`."""
        return f"{self.service}/{self.name}"

    def command(self, verb: str) -> str:
        """The command line of a verb (`up`, `refresh`, `forget` ...) on it, for remedies."""
        if self.is_infrastructure:
            return f"make infra-{verb} ENV={self.name}"
        if not self.project.endswith(_APPLICATION):
            engine_verb = "stack rm --force" if verb == "forget" else verb
            return f"pulumi {engine_verb} --stack {self.name}, in the checkout of {self.project}"
        return f"make app-{verb} SERVICE={self.service} ENV={self.name}"


def this_stack() -> Stack:
    """The running stack; Refusal where its name cannot be a label value."""
    import pulumi  # noqa: PLC0415 - takes 0.2 s of CPU, and commands that run no program do without

    here = Stack(pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization())
    if not LABEL_VALUE.fullmatch(here.owner):
        raise Refusal(
            f"The stack's owner name '{here.owner}' is not a valid label value (at most 63 characters).",
            "Give the stack a shorter name of letters, digits, '.', '_' and '-', ending with a letter or digit.",
        )
    return here


def parse_stack(text: str, *, default_project: str, organization: str = "", setting: str) -> Stack:
    """Read a stack's name: `stack`, `project/stack` or `organization/project/stack`.

    `setting` is the setting that has it, with its file, for the refusal.
    """
    parts = text.split("/")
    if len(parts) > 3 or not all(_PART.fullmatch(part) for part in parts):  # noqa: PLR2004 - the three forms
        raise Refusal(
            f"{setting} is '{text}', which is not a valid stack name.",
            "Write it as <project>/<stack>, for example service-infrastructure/dev.",
        )
    *before, project, name = [default_project, *parts] if len(parts) == 1 else parts
    return Stack(project, name, before[0] if before else organization or "organization")


def stack_of(owner: str) -> Stack:
    """The stack of an owner's name, `<project>.<stack>`; a project's name has no dot."""
    project, _, name = owner.partition(".")
    return Stack(project, name)
