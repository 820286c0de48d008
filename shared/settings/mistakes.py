"""Mistakes in settings, in words: key, value, rule and an example, one line each."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.refusal import Refusal
from shared.settings.model import CONTRADICTION, Settings, about, reconciles
from shared.settings.place import Place, as_yaml, find

_LONGEST_VALUE = 60
_LONGEST_RULE = 400
_MANY = 12
_KEY = "[key]"
"""Where pydantic says that a map's key is wrong, not what stands under it."""

_RULES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be a text",
    "dict_type": "must be a map",
    "model_type": "must be a map",
    "model_attributes_type": "must be a map",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
}
"""The rules in our words, by pydantic's names for their breach."""


def mistakes(
    model: type[Settings],
    values: Mapping[str, Any],
    *,
    project: str,
    masked: Collection[str] = (),
    unread: Collection[str] = (),
) -> list[str]:
    """All that is wrong with settings; empty where nothing is.

    Args:
        model: the settings that the project has.
        values: the settings by name, without the project's prefix.
        project: the project's name.
        masked: the names of those whose values are secret.
        unread: the names of those that are set, but whose values nobody can read here.
    """
    try:
        model.model_validate(dict(values))
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        return []
    lines = [_line(detail, model, project, masked) for detail in details if not _is_about(detail, unread)]
    # A setting of several possible types gets an error for each.
    return list(dict.fromkeys(lines))


def refuse(file: str, wrong: Collection[str]) -> None:
    """Refuse a settings file for what is wrong with it.

    Args:
        file: the file, as messages name it.
        wrong: what is wrong, an indented line each.

    Raises:
        Refusal: anything is.
    """
    if wrong:
        raise Refusal(
            f"{file} has {len(wrong)} wrong setting{'s' if len(wrong) > 1 else ''}:\n" + "\n".join(wrong),
            "Nothing was changed. Correct the file and run the command again.",
        )


def _is_about(detail: ErrorDetails, names: Collection[str]) -> bool:
    if detail["type"] == CONTRADICTION and not detail["loc"]:
        return any(name in detail["msg"] for name in names)
    return bool(detail["loc"]) and detail["loc"][0] in names


def _line(detail: ErrorDetails, model: type[Settings], project: str, masked: Collection[str]) -> str:
    path = tuple(part for part in detail["loc"] if part != _KEY)
    key = f"{project}:{'.'.join(map(_key, path))}" if path else ""
    if detail["type"] == "extra_forbidden":
        return f"    {key}: {unknown(str(path[-1]), find(model, path[:-1]))}"
    place = find(model, path)
    if detail["type"] == "missing":
        return f"    {key}: is required; for example {_example(place)}"
    if detail["type"] == CONTRADICTION:
        return f"    {key or project}: {detail['msg']}{_reconciled(detail['msg'], place)}"
    if place and detail["loc"][-1:] == (_KEY,):
        place = find(model, path[:-1])
        place = place.key if place else None
    given = "(a secret)" if path and path[0] in masked else shortened(detail["input"])
    return f"    {key} is {given}: {_rule(detail)}; for example {_example(place)}"


def _key(part: str | int) -> str:
    text = str(part)
    return text if text.isprintable() and len(text) <= _LONGEST_VALUE else shortened(text)


def unknown(name: str, place: Place | None) -> str:
    """Say that there is no such setting, and which one may have been meant.

    Args:
        name: the setting's name.
        place: where it stands.
    """
    known = {field: model for model in (place.models if place else []) for field in model.model_fields}
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        meant = find(known[near[0]], near)
        return f"there is no such setting; did you mean {near[0]}? For example {near[0]}: {_example(meant)}"
    first = next(iter(known), "")
    example = f"; for example {first}: {_example(find(known[first], [first]))}" if first else ""
    if len(known) > _MANY:
        return f"there is no such setting; those that there are stand in Pulumi.yaml beside it{example}"
    return f"there is no such setting; there are {', '.join(known)}{example}"


def shortened(value: Any) -> str:
    """A value for a message: on one line, and not longer than a message can bear."""
    text = repr(value) if isinstance(value, str) else _shallow(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 2]} …"


def _shallow(value: Any) -> str:
    if isinstance(value, dict | list | tuple) and len(value) > _LONGEST_VALUE:
        return f"a {'map' if isinstance(value, dict) else 'list'} of {len(value)}"
    try:
        return as_yaml(value) if isinstance(value, dict | list | tuple) else repr(value)
    except (TypeError, RecursionError):
        return f"a {type(value).__name__}"


def _example(place: Place | None) -> str:
    return as_yaml(place.example) if place else ""


def _reconciled(sentence: str, place: Place | None) -> str:
    """An example of the settings that a contradiction is about; none where their usual values contradict too."""
    for model in place.models if place else []:
        named = {name: find(model, [name]) for name in about(sentence) if name in model.model_fields}
        values = {name: found.example for name, found in named.items() if found}
        for some in (values, *({name: value} for name, value in values.items())):
            if some and reconciles(model, some):
                return (
                    f"; for example {', '.join(f'{name}: {as_yaml(value)}' for name, value in some.items())}"
                )
    return ""


def _rule(detail: ErrorDetails) -> str:
    rule = _RULES.get(detail["type"])
    if rule:
        return rule.format(**detail.get("ctx", {}))
    text = _printable(detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be"))
    return f"{text[:1].lower()}{text[1:]}"


def _printable(text: str) -> str:
    """A sentence on one line, whatever values it quotes."""
    line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return line if len(line) <= _LONGEST_RULE else f"{line[:_LONGEST_RULE]} …"
