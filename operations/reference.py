"""The reference of settings in docs/configuration.md, generated from what the programs declare."""

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any, get_args, get_origin

from infrastructure.settings import InfrastructureSettings
from operations import checkout
from operations.checkout import ROOT, services
from operations.settings import model_of
from shared.config.application import ApplicationSettings
from shared.config.model import Settings, as_text, models_in
from shared.stacks import Stack

FILE = "docs/configuration.md"
BEGIN, END = "<!-- settings: made by `make docs` -->", "<!-- settings: end -->"


def update() -> bool:
    """Write the reference into the documentation, in place of the one that is there; whether it changed."""
    file = checkout.ROOT / FILE
    text = file.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    changed = f"{before}{BEGIN}\n\n{render()}\n\n{END}{after}"
    file.write_text(changed)
    return changed != text


def render() -> str:
    """The reference, as Markdown."""
    told: dict[type[Settings], str] = {}
    parts = ["### Every application (`apps/<service>/Pulumi.<env>.yaml`)", _table(ApplicationSettings, told)]
    common = ApplicationSettings.model_fields
    for service in services():
        model = model_of(Stack(f"{service}-service-app", ""))
        fields = model.model_fields.items()
        # What not every application has, or with another default.
        own = [name for name, one in fields if name not in common or one.default != common[name].default]
        if own:
            parts += [f"### Only the service {service}", _table(model, told, own)]
    parts += ["### Infrastructure (`infrastructure/Pulumi.<env>.yaml`)", _table(InfrastructureSettings, told)]
    return "\n\n".join(parts)


def _table(model: type[Settings], told: dict[type[Settings], str], names: Collection[str] = ()) -> str:
    """The table of some settings of a model; of all where none is named."""
    header = ["| setting | value | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([*header, *_rows("", model, names or model.model_fields, told)])


def _rows(
    place: str, model: type[Settings], names: Collection[str], told: dict[type[Settings], str]
) -> Iterator[str]:
    """The rows of settings, each followed by those of the settings within it, which are told once."""
    schema, classes = model.model_json_schema(), [one for one in model.__mro__ if issubclass(one, Settings)]
    for name, field in model.model_fields.items():
        if name not in names:
            continue
        path, one = f"{place}{name}", schema["properties"][name]
        texts = (_texts(cls.__module__).get((cls.__name__, name)) for cls in classes)
        meaning = " ".join(next(filter(None, texts), "").partition("\n\n")[0].split())
        inner = next(iter(models_in(field.annotation)), None)
        if inner in told:
            yield _row(path, f"as `{told[inner]}`", "", meaning)
            continue
        value = one.get("default")
        default = "" if value in (None, "", [], {}) or isinstance(value, dict) else f"`{as_text(value)}`"
        yield _row(path, _value(one, schema), "required" if field.is_required() else default, meaning)
        if inner:
            kinds = {get_origin(part) for part in (field.annotation, *get_args(field.annotation))}
            within = told[inner] = path + ("[]" if tuple in kinds else ".<name>" if dict in kinds else "")
            yield from _rows(f"{within}.", inner, inner.model_fields, told)


@cache
def _texts(module: str) -> dict[tuple[str, str], str]:
    """The text below each field of a module's classes. Pydantic's own option reads all sources at every start."""
    tree = ast.parse((ROOT / module.replace(".", "/")).with_suffix(".py").read_text())
    return {
        (cls.name, field.target.id): str(text.value.value)
        for cls in tree.body
        if isinstance(cls, ast.ClassDef)
        for field, text in pairwise(cls.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def _value(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a setting may be, in a few words."""
    if "anyOf" in field:
        examples = {key: value for key, value in field.items() if key == "examples"}
        options = [one for one in field["anyOf"] if one.get("type") != "null"]
        return " or ".join(_value({**one, **examples}, schema) for one in options)
    if "$ref" in field:
        return _value(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    if "enum" in field:
        return ", ".join(f"`{one}`" for one in field["enum"])
    if field.get("type") == "integer":
        bounds = [str(field[key]) for key in ("minimum", "maximum") if key in field]
        return ("number", "number from {}", "number {} to {}")[len(bounds)].format(*bounds)
    words = {"boolean": "`true`, `false`", "string": "text", "object": "mapping"}
    if field.get("type") == "array":
        return f"list of {_value(field['items'], schema)}"
    example = f", such as `{as_text(field['examples'][0])}`" if field.get("examples") else ""
    return f"{words.get(field.get('type', ''), 'text')}{example}"


def _row(*cells: str) -> str:
    name, *others = (cell.replace("|", "\\|") for cell in cells)
    return f"| `{name}` | {' | '.join(others)} |"
