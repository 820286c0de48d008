"""A place in a stack's settings: what may stand there, and an example of it."""

import json
import re
import types
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from shared.settings.model import Settings, reconciles

_PLAIN = re.compile(
    r"[A-Za-z~/][A-Za-z0-9_./@+-]*(:[A-Za-z0-9_./@+:-]+)?|[0-9]+[A-Za-z.][A-Za-z0-9.]*[A-Za-z]|[0-9]+(\.[0-9]+){2,}(/[0-9]+)?"
)
"""Texts that are themselves in YAML without quotes."""

_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "~")
_BY_TYPE = {bool: True, int: 1, str: "text"}


@dataclass(frozen=True)
class Place:
    """Where a value stands.

    Args:
        annotation: the type of what may stand there.
        fields: what is declared about it besides, the nearest last.
    """

    annotation: Any
    fields: tuple[FieldInfo, ...] = ()

    @property
    def plain(self) -> "Place":
        """The same without the wrapping that only says that it may be absent, or how it is checked."""
        if hasattr(self.annotation, "__metadata__"):
            declared = tuple(one for one in self.annotation.__metadata__ if isinstance(one, FieldInfo))
            return Place(self.annotation.__origin__, self.fields + declared).plain
        if get_origin(self.annotation) in (Union, types.UnionType):
            inner = [part for part in get_args(self.annotation) if part is not types.NoneType]
            return Place(inner[0], self.fields).plain
        return self

    @property
    def models(self) -> list[type[Settings]]:
        """The settings that may stand there; none where it is a single value."""
        return _models(self.annotation)

    def within(self, key: str | int) -> "Place | None":
        """The place below, by the name of a setting, the key of a map or the position in a list."""
        plain = self.plain
        if isinstance(plain.annotation, type) and issubclass(plain.annotation, Settings):
            return field_place(plain.annotation, str(key))
        parts = [part for part in get_args(plain.annotation) if part is not Ellipsis]
        if get_origin(plain.annotation) is dict:
            return Place(parts[1])
        return Place(parts[0]) if get_origin(plain.annotation) in (tuple, list) else None

    @property
    def key(self) -> "Place | None":
        """The place of a map's keys; None where there is no map."""
        plain = self.plain
        return Place(get_args(plain.annotation)[0]) if get_origin(plain.annotation) is dict else None

    @property
    def example(self) -> Any:
        """A value that may stand there: its default, the one that is declared as an example, or one of its type."""
        plain = self.plain
        for field in plain.fields:
            if (
                not field.is_required()
                and isinstance(default := field.get_default(), str | int)
                and default != ""
            ):
                return default.value if isinstance(default, Enum) else default
        for field in plain.fields:
            if field.examples:
                return field.examples[0]
        return _by_type(plain)


def field_place(model: type[Settings], name: str) -> Place | None:
    """The place of a setting; None where there is none of that name."""
    field = model.model_fields.get(name)
    return Place(field.annotation, (field,)) if field else None


def find(model: type[Settings], path: Sequence[str | int]) -> Place | None:
    """The place that a path leads to; None where it leads nowhere."""
    place: Place | None = Place(model)
    for key in path:
        place = place.within(key) if place else None
    return place


def as_yaml(value: Any) -> str:
    """A value as people write it into a settings file, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else json.dumps(value)
    return json.dumps(value, default=str)


def _models(annotation: Any) -> list[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _by_type(plain: Place) -> Any:
    annotation, origin, parts = plain.annotation, get_origin(plain.annotation), get_args(plain.annotation)
    if origin is Literal:
        return parts[0]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation)).value
    if origin is dict:
        return {Place(parts[0]).example: Place(parts[1]).example}
    if origin in (tuple, list):
        return [Place(parts[0]).example]
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return _of_model(annotation)
    return _BY_TYPE.get(annotation, "text")


def _of_model(model: type[Settings]) -> dict[str, Any]:
    """Its required settings, and one more where there are none or they do not stand by themselves."""
    places = {name: place for name in model.model_fields if (place := field_place(model, name))}
    required = {
        name: place.example for name, place in places.items() if model.model_fields[name].is_required()
    }
    if required and reconciles(model, required):
        return required
    further = ({**required, name: place.example} for name, place in places.items() if name not in required)
    return next((values for values in further if reconciles(model, values)), required)
