"""Setting types that check their own values."""

import re
import tomllib
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

_QUANTITY = re.compile(
    r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3}|n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?"
)
"""Kubernetes: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""

_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_FACTOR = {unit: Fraction(f"1e{power}") for power, unit in zip(range(-9, 19, 3), _DECIMAL, strict=True)} | {
    f"{prefix}i": Fraction(1024**power) for power, prefix in enumerate("KMGTPE", start=1)
}
_MOST = Fraction(2**63 - 1)


def quantity_value(text: str) -> Fraction:
    """A Kubernetes quantity as an exact number, at most 2^63 - 1: bytes for memory, cores for CPU."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise ValueError("must be a Kubernetes quantity such as 250m or 128Mi")
    number, unit = match[1], match[2] or ""
    # A lone E is a factor, one with digits an exponent.
    exact = (
        Fraction(f"{number}{unit}") if unit[1:].lstrip("+-").isdigit() else Fraction(number) * _FACTOR[unit]
    )
    return min(exact, _MOST)


def _positive_quantity(text: str) -> str:
    if quantity_value(text) <= 0:
        raise ValueError("must be more than zero")
    return text


NUMBER = Field(coerce_numbers_to_str=True)
"""For a text that may be written as a number, since zeros at its end mean nothing."""


def _whole_number_as_text(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError("must be in quotes, since it is a number to YAML, to which 1.10 is 1.1")  # noqa: TRY004
    return str(value) if type(value) is int else value


WRITTEN = BeforeValidator(_whole_number_as_text)
"""For a text that may look like a number: 1 is accepted, 1.10 only in quotes."""


def texts(file: Path) -> dict[str, list[Any]]:
    """The annotations of each type of text that a file such as types.toml describes, by the type's name."""
    types = tomllib.loads(file.read_text())
    return {
        name: [_matching(rule["pattern"], rule["must_be"], rule.get("longest", 0))]
        + ([Field(examples=[rule["example"]])] if "example" in rule else [])
        for name, rule in types.items()
    }


def _matching(pattern: str, must_be: str, longest: int) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {must_be}")
        if longest and len(text) > longest:
            raise ValueError(f"must have at most {longest} characters, and has {len(text)}")
        return text

    return AfterValidator(check)


TEXTS = texts(Path(__file__).with_suffix(".toml"))

Quantity = Annotated[str, NUMBER, AfterValidator(_positive_quantity)]
"""An amount of CPU (cores) or memory (bytes), as Kubernetes writes it."""


class NamespacePattern(StrEnum):
    """How a namespace is named without the setting `namespace`."""

    ENVIRONMENT = "environment"
    SERVICE_ENVIRONMENT = "service-environment"
    TEAM_ENVIRONMENT = "team-environment"


_LONGEST_LABEL = 63


def check_namespace_name(name: str) -> str:
    """Return a namespace's name if it is valid and not reserved; raise ValueError otherwise.

    Source: RFC 1123 labels, https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
    """
    if len(name) > _LONGEST_LABEL:
        raise ValueError(f"'{name}' has {len(name)} characters, and may have at most 63")
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name):
        raise ValueError(
            f"'{name}' is not a valid RFC 1123 label: lower-case letters, digits and '-', "
            "beginning and ending with a letter or digit"
        )
    if name == "default" or name.startswith("kube-"):
        raise ValueError(f"'{name}' is reserved for the cluster itself")
    return name


NamespaceName = Annotated[str, AfterValidator(check_namespace_name)]
"""A namespace that this platform may own."""

LabelName = Annotated[str, *TEXTS["LabelName"]]
"""An RFC 1123 label."""

LabelValue = Annotated[str, WRITTEN, *TEXTS["LabelValue"]]
"""A Kubernetes label's value."""

StackReferenceName = Annotated[str, *TEXTS["StackReferenceName"]]
"""Another stack, as `<stack>`, `<project>/<stack>` or `<organization>/<project>/<stack>`."""


_AS_OWNER = AfterValidator(lambda name: name.replace("/", ".", 1))

OwnerName = Annotated[str, _AS_OWNER, *TEXTS["OwnerName"]]
"""A stack as an owner, `<project>.<stack>`; `<project>/<stack>` is understood too."""

PreviousOwnerName = Annotated[str, _AS_OWNER, *TEXTS["PreviousOwnerName"]]
"""The owner to adopt a namespace from; `unowned` for one that has none."""

LabelKey = Annotated[str, *TEXTS["LabelKey"]]
"""The key of a label, or of a taint."""

HostName = Annotated[str, *TEXTS["HostName"]]
"""A host's name or IPv4 address."""

DomainName = Annotated[str, *TEXTS["DomainName"]]
"""A domain, as an Ingress's host takes it."""

IngressHost = Annotated[str, *TEXTS["IngressHost"]]
"""A host that an Ingress serves, or every one below a domain."""

Reason = Annotated[str, Field(min_length=1)]
"""Why an exception is made."""

Registry = Annotated[str, *TEXTS["Registry"]]
"""Source of the rules on images: https://github.com/distribution/reference"""

ImageName = Annotated[str, *TEXTS["ImageName"]]
"""An image's name within its registry."""

ImageTag = Annotated[str, WRITTEN, *TEXTS["ImageTag"]]
"""An image's tag."""

ImageDigest = Annotated[str, *TEXTS["ImageDigest"]]
"""An image's digest."""
