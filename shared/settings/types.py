"""Setting types that carry their own rules and an example."""

import re
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from shared.naming import check_namespace_name

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
    """A Kubernetes quantity as an exact number: bytes for memory, cores for CPU; 2^63 - 1 for what is more.

    Raises:
        ValueError: it is no quantity.
    """
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


def _written_as_number(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def matching(pattern: str, rule: str, *, longest: int = 0) -> AfterValidator:
    """Hold a text to a pattern, and tell a breach in words.

    Args:
        pattern: the regular expression that the whole text has to match.
        rule: what the text has to be, as it follows `must be`.
        longest: how many characters it may have; any number where 0.
    """
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {rule}")
        if longest and len(text) > longest:
            raise ValueError(f"must have at most {longest} characters, and has {len(text)}")
        return text

    return AfterValidator(check)


Quantity = Annotated[
    str,
    BeforeValidator(_written_as_number),
    AfterValidator(_positive_quantity),
    Field(examples=["250m", "128Mi"]),
]
"""An amount of CPU (cores) or memory (bytes), as Kubernetes writes it."""

NamespaceName = Annotated[str, AfterValidator(check_namespace_name), Field(examples=["day-service-dev"])]
"""A namespace that this platform may own."""

Percentage = Annotated[int, Field(ge=1, le=100, examples=[70])]
"""A share of what pods request, in per cent."""

LabelName = Annotated[
    str,
    matching(
        r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",
        "lower-case letters, digits and '-', beginning and ending with a letter or digit",
        longest=63,
    ),
    Field(examples=["backend"]),
]
"""An RFC 1123 label."""

LabelValue = Annotated[
    str,
    matching(
        r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?",
        "letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
        longest=63,
    ),
    Field(examples=["1234"]),
]
"""A Kubernetes label's value."""

StackReferenceName = Annotated[
    str,
    matching(r"([A-Za-z0-9][A-Za-z0-9_.-]*/){0,2}[A-Za-z0-9][A-Za-z0-9_.-]*", "a stack as <project>/<stack>"),
    Field(examples=["service-infrastructure/dev"]),
]
"""Another stack, as `<stack>`, `<project>/<stack>` or `<organization>/<project>/<stack>`."""


def _as_owner(name: str) -> str:
    return name.replace("/", ".", 1)


_OWNER = r"[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?"

OwnerName = Annotated[
    str,
    AfterValidator(_as_owner),
    matching(_OWNER, "a stack as <project>.<stack>", longest=63),
    Field(examples=["day-service-app.dev"]),
]
"""A stack as an owner, `<project>.<stack>`; `<project>/<stack>` is understood too."""

PreviousOwnerName = Annotated[
    str,
    AfterValidator(_as_owner),
    matching(rf"unowned|{_OWNER}", "a stack as <project>.<stack>, or unowned", longest=63),
    Field(examples=["day-service-app.dev", "unowned"]),
]
"""The owner to take a namespace over from; `unowned` for one that nobody owns."""

HostName = Annotated[
    str,
    matching(
        r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?",
        "a host name: letters, digits and '-', in parts separated by '.'",
        longest=253,
    ),
    Field(examples=["postgres.dev.internal"]),
]
"""A host's name or IPv4 address."""

DomainName = Annotated[
    str,
    matching(
        r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*",
        "a domain: lower-case letters, digits and '-', in parts separated by '.'",
        longest=253,
    ),
    Field(examples=["platform.internal"]),
]
"""A domain, as an Ingress's host takes it."""

Registry = Annotated[
    str,
    matching(
        r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
        "a registry's host, with its port and path where it has them",
    ),
    Field(examples=["registry.platform.internal"]),
]
"""Source of the rules on images: https://github.com/distribution/reference"""

ImageName = Annotated[
    str,
    matching(
        r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
        "an image's name: lower-case letters and digits, separated by '.', '_', '-' or '/'",
        longest=255,
    ),
    Field(examples=["day-service"]),
]
"""An image's name within its registry."""

ImageTag = Annotated[
    str,
    BeforeValidator(_written_as_number),
    matching(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]*",
        "an image's tag: letters, digits, '_', '.' and '-', not beginning with '.' or '-'",
        longest=128,
    ),
    Field(examples=["1.0.0"]),
]
"""An image's tag."""
