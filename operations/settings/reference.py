"""The reference of settings in Pulumi.workspace.md, made of what projects declare and programs check."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from infrastructure.settings import InfrastructureSettings
from operations.engine.project import Project, infrastructure, services
from shared.settings.application import ApplicationSettings
from shared.settings.model import Settings
from shared.settings.place import Place, as_yaml, field_place

BEGIN, END = "<!-- settings: made by `make docs` -->", "<!-- settings: end -->"
"""What the reference stands between."""

_ARGUMENT = re.compile(r"^ {0,8}(\w+): (.+?)(?=^ {0,8}\w+: |^\s*$|\Z)", re.MULTILINE | re.DOTALL)


def render() -> str:
    """The reference, as Markdown."""
    application = next(iter(services().values()))
    seen: dict[type[Settings], str] = {}
    parts = [
        "Every setting of an application (`apps/<service>/Pulumi.<env>.yaml`, each name with its project before it):",
        _table(application, ApplicationSettings, seen),
        "Of the infrastructure stack (`infrastructure/Pulumi.<env>.yaml`):",
        _table(infrastructure(), InfrastructureSettings, seen),
    ]
    return "\n\n".join(parts)


def update(file: Path) -> bool:
    """Put the reference into a file, in place of the one that is there.

    Args:
        file: the file, with BEGIN and END in it.

    Returns:
        Whether it changed.

    Raises:
        ValueError: the file has no place for it.
        OSError: it cannot be written.
    """
    text = file.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file} has no lines {BEGIN} and {END}")
    made = f"{before}{BEGIN}\n\n{render()}\n\n{END}{after}"
    if made != text:
        file.write_text(made)
    return made != text


def _table(project: Project, model: type[Settings], seen: dict[type[Settings], str]) -> str:
    lines = ["| setting | example | default | meaning |", "| --- | --- | --- | --- |"]
    declared = yaml.safe_load((project.folder / "Pulumi.yaml").read_text())["config"]
    for name in model.model_fields:
        place = field_place(model, name)
        said = declared.get(name) or {}
        default = said.get("default", _own_default(model, name))
        lines.append(_row(name, place, default, said.get("description") or _meanings(model).get(name, "")))
        lines += _inner(name, place, seen)
    return "\n".join(lines)


def _inner(prefix: str, place: Place | None, seen: dict[type[Settings], str]) -> Iterator[str]:
    for model in place.models if place else []:
        path = f"{prefix}.<name>" if _is_map(place) else prefix
        if model in seen:
            yield _row(f"{path}.…", None, None, f"As {seen[model]}.")
            continue
        seen[model] = f"`{path}`"
        meanings = _meanings(model)
        for name in model.model_fields:
            inner = field_place(model, name)
            yield _row(f"{path}.{name}", inner, _own_default(model, name), meanings.get(name, ""))
            yield from _inner(f"{path}.{name}", inner, seen)


def _own_default(model: type[Settings], name: str) -> Any:
    field = model.model_fields[name]
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _is_map(place: Place | None) -> bool:
    return place is not None and getattr(place.plain.annotation, "__origin__", None) is dict


def _row(name: str, place: Place | None, default: Any, meaning: str) -> str:
    holds_more = bool(place and place.models)
    example = "" if holds_more or place is None else f"`{as_yaml(place.example)}`"
    return f"| `{name}` | {_cell(example)} | {_cell('' if holds_more else _default(default))} | {_cell(meaning)} |"


def _default(value: Any) -> str:
    if value is None or value in ("", (), {}, []):
        return ""
    return f"`{as_yaml(value if not isinstance(value, tuple) else list(value))}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _meanings(model: type[Settings]) -> dict[str, str]:
    """What a model's docstring says of its fields."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        _, _, arguments = (inspect.getdoc(one) or "").partition("Args:\n")
        for name, meaning in _ARGUMENT.findall(arguments):
            if name in model.model_fields:
                text = " ".join(meaning.split()).rstrip(";.")
                found[name] = f"{text[:1].upper()}{text[1:]}."
    return found
