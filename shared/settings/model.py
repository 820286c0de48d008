"""The base of all settings: immutable, nothing undeclared in them, and every mistake told, not the first one."""

import re
from functools import cache
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

_WORD = re.compile(r"[a-z][a-z0-9_]*")

CONTRADICTION = "contradiction"
"""The type of an error that is about more than one setting."""


class Contradictions(ValueError):
    """What settings say against each other.

    Args:
        told: one sentence each, which names the settings that it is about.
    """

    def __init__(self, told: list[str]) -> None:
        super().__init__("; ".join(told))
        self.told = told


class Settings(BaseModel):
    """Settings: immutable, and nothing in them that is not declared.

    Rules between settings stand in `_contradictions`, or in pydantic's model validators of mode `after`. They are
    told together with wrong values, as far as they are about settings that are right by themselves: a sentence is
    left out where it names, before its first colon, a setting whose value is wrong already.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def _contradictions(self) -> list[str]:
        """What these settings say against each other, one sentence each, which begins with the settings' names."""
        return []

    @model_validator(mode="wrap")
    @classmethod
    def _tell_everything(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Look at the rules between settings even where a value is wrong, which pydantic by itself does not."""
        try:
            made = handler(data)
        except ValidationError as error:
            wrong = [_again(detail) for detail in error.errors(include_url=False)]
            if not isinstance(data, dict) or any(not detail["loc"] for detail in wrong):
                raise
            failed = {str(detail["loc"][0]) for detail in wrong}
            told = _told(sound(cls, data, failed), failed)
        else:
            wrong, told = [], _told(made, set())
        wrong += [InitErrorDetails(type=_contradiction(text), loc=(), input=data) for text in told]
        if wrong:
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return made


def _contradiction(sentence: Any) -> PydanticCustomError:
    return PydanticCustomError(CONTRADICTION, sentence)


def _again(detail: Any) -> InitErrorDetails:
    """An error to be raised once more, with its words as they were."""
    return InitErrorDetails(
        type=PydanticCustomError(detail["type"], detail["msg"], detail.get("ctx")),
        loc=detail["loc"],
        input=detail["input"],
    )


@cache
def _fields_alone(model: type[Settings]) -> type[BaseModel]:
    """The model's fields, none of them required, without the rules between them."""
    fields: dict[str, Any] = {
        name: (field.annotation, field if not field.is_required() else None)
        for name, field in model.model_fields.items()
    }
    return create_model(f"{model.__name__}Fields", __config__=ConfigDict(str_strip_whitespace=True), **fields)


def sound(model: type[Settings], data: dict[Any, Any], failed: set[str]) -> Settings:
    """Settings without those that are wrong or unreadable, in whose place stands their default.

    Args:
        model: the settings.
        data: the values by name.
        failed: the names of those to leave out.

    Returns:
        The settings; a required one that is left out or missing is None.
    """
    values = {
        name: value for name, value in data.items() if name in model.model_fields and name not in failed
    }
    fields = _fields_alone(model).model_validate(values)
    return model.model_construct(**{name: getattr(fields, name) for name in model.model_fields})


def _told(settings: Settings, failed: set[str]) -> list[str]:
    """What the rules say of these settings, apart from what they say of wrong ones."""
    told = list(settings._contradictions())
    for rule in type(settings).__pydantic_decorators__.model_validators.values():
        if rule.info.mode == "after":
            try:
                rule.func(settings)
            except Contradictions as several:
                told += several.told
            except ValueError as one:
                told.append(str(one))
    return [text for text in dict.fromkeys(told) if not failed & set(about(text))]


def about(sentence: str) -> list[str]:
    """The words of a contradiction that may be settings: those before its first colon."""
    return _WORD.findall(sentence.partition(":")[0])


def reconciles(model: type[Settings], values: dict[str, Any]) -> bool:
    """Whether some values are right, and no rule between the model's settings speaks against them.

    Args:
        model: the settings.
        values: the values by name; the others have their defaults, required ones None.
    """
    try:
        return not _told(sound(model, values, set()), set())
    except ValidationError:
        return False
