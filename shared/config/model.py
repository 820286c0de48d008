"""The base of all settings, and the refusal of invalid ones: pydantic's own errors, a line each."""

import difflib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from shared.errors import Refusal

_SECRET_NAME = re.compile("(password|token|key|secret)$", re.IGNORECASE)

_LONGEST = 60
"""Characters of a value that a message shows."""


class Settings(BaseModel):
    """Settings: immutable, and only those that are declared.

    A setting's meaning is the text below it in the class, from which docs/configuration.md is generated.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def contradictions(self) -> Iterator[str]:
        """What is wrong with them together, though each is valid; a model with such rules has its own."""
        yield from ()

    @model_validator(mode="after")
    def _are_consistent(self) -> Self:
        if wrong := "; ".join(self.contradictions()):
            raise ValueError(wrong)
        return self


Model = TypeVar("Model", bound=Settings)


def parse(model: type[Model], values: Mapping[str, Any], *, file: str, secret: Collection[str] = ()) -> Model:
    """Check settings, by name without the project's prefix; no message shows the value of a `secret` one.

    Raises:
        Refusal: values are invalid, missing or unknown, or contradict each other; all in one message. Or what is to
            be a secret, by its type or its name, stands in plain text.
    """
    if plain := [
        name
        for name, value in values.items()
        if name not in secret
        and (_is_secret(model, name) or _SECRET_NAME.search(name) or _has_secret_name(value))
    ]:
        raise Refusal(
            f"{file} has {' and '.join(plain)} in plain text, for everybody who can read the file.",
            f'Encrypt it, after eval "$(make env)": pulumi -C {file.rpartition("/")[0]} config set --secret '
            f"{plain[0]} --stack {file.split('.')[-2]}. It asks for the value; one that was committed is known.",
        )
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        # A setting of several possible types gets an error for each.
        lines = dict.fromkeys(_line(one, model, secret) for one in error.errors(include_url=False))
    raise Refusal(
        f"{file} has {len(lines)} invalid setting{'s' if len(lines) > 1 else ''}:\n" + "\n".join(lines),
        "Nothing was changed. Correct the file and run the command again.",
    )


def _is_secret(model: type[Settings], name: str) -> bool:
    field = model.model_fields.get(name)
    return field is not None and SecretStr in (field.annotation, *get_args(field.annotation))


def _has_secret_name(value: Any) -> bool:
    """Whether a mapping has a text, at any depth, that is to be a secret by its name; `key` alone is none."""
    if isinstance(value, Mapping):
        return any(
            (isinstance(one, str) and name != "key" and "/" not in name and bool(_SECRET_NAME.search(name)))
            or _has_secret_name(one)
            for name, one in value.items()
        )
    return isinstance(value, list | tuple) and any(map(_has_secret_name, value))


def as_text(value: Any) -> str:
    """A value as people write it, on one line."""
    if isinstance(value, str):
        return value if value.isprintable() and value else repr(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return f"a {type(value).__name__}"


def _line(error: ErrorDetails, model: type[Settings], secret: Collection[str]) -> str:
    path = [part for part in error["loc"] if part != "[key]"]
    key = ".".join(_short(str(part)) for part in path)
    known, name = _settings_at(model, path[:-1]), str(path[-1]) if path else ""
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, known, n=1)
        return f"    {key}: there is no such setting{f'; did you mean {near[0]}?' if near else ''}"
    examples = known[name].examples if name in known else None
    example = f"; for example {as_text(examples[0])}" if examples else ""
    if error["type"] == "missing":
        return f"    {key}: is required{example}"
    words = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    rule = _short(f"{words[:1].lower()}{words[1:]}", longest=400)
    if not path or (isinstance(error["input"], Mapping) and error["type"] == "value_error"):
        return f"    {key}: {rule}" if key else f"    {rule}"
    given = "a secret" if path[0] in secret else _short(_quoted(error["input"]))
    return f"    {key} is {given}: {rule}{example}"


def _quoted(value: Any) -> str:
    if isinstance(value, dict | list) and len(value) > _LONGEST:
        return f"a {'mapping' if isinstance(value, dict) else 'list'} of {len(value)}"
    return repr(value) if isinstance(value, str | float) else as_text(value)


def _short(text: str, *, longest: int = _LONGEST) -> str:
    line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[: longest + 1])
    return line if len(line) <= longest else f"{line[: longest - 2]} …"


def _settings_at(model: type[Settings], path: list[str | int]) -> dict[str, FieldInfo]:
    """The settings below a path, whose indices of lists and keys of mappings lead to no others."""
    models = [model]
    for part in path:
        fields = [one.model_fields[str(part)] for one in models if str(part) in one.model_fields]
        models = [inner for field in fields for inner in models_in(field.annotation)] or models
    return {name: field for one in models for name, field in one.model_fields.items()}


def models_in(annotation: Any) -> list[type[Settings]]:
    """The models of settings that an annotation has, itself or in a list, a mapping or a union."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]
