"""Malformed settings: for every setting of every type, values that its type does not take, by pydantic's own word."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, get_origin

from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.settings.model import Settings
from shared.settings.place import Place, find

_JUNK = st.text("aZ09 .:/-_{}[]#é☃\t'", max_size=12).map(str.strip) | st.sampled_from(
    [
        "-1",
        "0",
        "1.5",
        "1e400",
        "99999999999999999999",
        "no",
        "nil",
        "NaN",
        "a b",
        "/",
        "kube-system",
        "Dev",
        "x" * 300,
    ]
)
_NUMBERS = st.integers(-5, -1) | st.sampled_from([0, 1.5, 10**30])
_DATA = st.lists(_JUNK, max_size=2) | st.dictionaries(
    st.sampled_from(["zz", "yy"]), _JUNK, min_size=1, max_size=2
)


@dataclass(frozen=True)
class Leaf:
    """A setting, or a value within one.

    Args:
        path: the setting's name, and what leads on from there.
        place: what may stand there.
    """

    path: tuple[str | int, ...]
    place: Place

    @property
    def key(self) -> str:
        """Its key, as messages have it after the project."""
        return ".".join(map(str, self.path))

    @property
    def values(self) -> st.SearchStrategy[Any]:
        """Values that may not stand there. The engine passes a single value of a setting as text."""
        single = _JUNK if len(self.path) == 1 else _JUNK | _NUMBERS | st.booleans()
        return (single | _DATA).filter(lambda value: value not in ("", None) and not self.takes(value))

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        kind: Any = self.place.annotation
        for field in self.place.fields:
            for item in field.metadata:
                kind = Annotated[kind, item]
        return TypeAdapter(kind)

    def takes(self, value: Any) -> bool:
        """Whether the setting's type takes a value."""
        try:
            self._adapter.validate_python(value.strip() if isinstance(value, str) else value)
        except (ValidationError, ValueError):
            return False
        return True

    def settings(self, value: Any) -> tuple[str, Any]:
        """The setting's name, and what it has to be for the value to stand at the path's end."""
        found = value
        for key in reversed(self.path[1:]):
            found = [found] if isinstance(key, int) else {key: found}
        return str(self.path[0]), found


def leaves(model: type[Settings]) -> list[Leaf]:
    """All places of a model's settings where a value stands, lists and maps of them included."""
    return [leaf for name in model.model_fields for leaf in _below(model, (name,))]


def _below(model: type[Settings], path: tuple[str | int, ...]) -> Iterator[Leaf]:
    place = find(model, path)
    assert place is not None
    leaf = Leaf(path, place)
    if not all(map(leaf.takes, (-1, "a b", ["a b"], {"zz": "a b"}))):
        yield leaf
    plain = place.plain.annotation
    if isinstance(plain, type) and issubclass(plain, Settings):
        for name in plain.model_fields:
            yield from _below(model, (*path, name))
    elif get_origin(plain) is dict:
        assert place.key is not None
        yield from _below(model, (*path, str(place.key.example)))
    elif get_origin(plain) in (tuple, list):
        yield from _below(model, (*path, 0))
