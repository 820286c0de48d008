"""What a project's Pulumi.yaml declares: each setting's type and default, and what the engine will not take for it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import yaml

from operations.engine.project import Project
from operations.paths import shown
from operations.settings.document import entries, line_of, read_document
from operations.settings.file import Written
from operations.settings.values import value_of
from shared.settings.mistakes import shortened
from shared.settings.model import Settings
from shared.settings.place import as_yaml, field_place

_TYPES = {
    "integer": (re.compile(r"[+-]?[0-9]+"), "must be a whole number"),
    "boolean": (re.compile("true|false"), "must be true or false"),
}
"""The engine's own rules: https://www.pulumi.com/docs/iac/concepts/config/#strongly-typed-configuration"""


@dataclass(frozen=True)
class Declared:
    """A setting as a project declares it.

    Args:
        type: its type, in the engine's words; empty where none is declared.
        default: its value for all stacks, with its line; None where each stack has to set it.
    """

    type: str
    default: Written | None


def read_declared(project: Project) -> dict[str, Declared]:
    """The settings that a project declares, by name.

    Args:
        project: the project.

    Raises:
        Refusal: its Pulumi.yaml is none that can be read.
    """
    path = project.folder / "Pulumi.yaml"
    top = entries(read_document(path, shown(path)).root)
    found: dict[str, Declared] = {}
    for key, node in entries(top.get("config")).items():
        namespace, _, name = key.rpartition(":")
        if namespace in ("", project.name):
            found[name] = _declared(node)
    return found


def _declared(node: yaml.Node) -> Declared:
    fields = entries(node)
    value = fields.get("value", fields.get("default")) if fields else node
    kind = str(value_of(fields["type"])) if "type" in fields else ""
    return Declared(kind, None if value is None else Written(value_of(value), line_of(value)))


def refused_by_engine(
    declared: Mapping[str, Declared],
    own: Mapping[str, Written],
    model: type[Settings],
    project: str,
    known: Collection[str],
) -> Iterator[str]:
    """What the engine would refuse of settings that the program would take, an indented line each.

    Args:
        declared: what the project declares.
        own: what the stack sets.
        model: the settings that the program has.
        project: the project's name.
        known: the lines that tell what is wrong with the settings already.
    """
    for name, entry in declared.items():
        place = field_place(model, name)
        start = f"    {project}:{name}"
        if place is None or any(line.startswith((f"{start} ", f"{start}:")) for line in known):
            continue
        example = f"; for example {as_yaml(place.example)}"
        written = own.get(name)
        if written is None:
            if entry.default is None:
                yield f"{start}: is required{example}"
        elif entry.type in _TYPES and not written.secret and isinstance(written.value, str):
            pattern, rule = _TYPES[entry.type]
            if not pattern.fullmatch(written.value):
                yield f"{start} is {shortened(written.value)}: {rule}{example}"
