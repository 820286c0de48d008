"""Setting types that carry their own rules."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.naming import check_namespace_name

_QUANTITY = re.compile(r"([0-9]+(\.[0-9]+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
"""Kubernetes: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/"""

_FACTOR = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18} | {
    f"{prefix}i": 1024.0**power for power, prefix in enumerate("KMGTPE", start=1)
}


def quantity_value(text: str) -> float:
    """A Kubernetes quantity as a number: bytes for memory, cores for CPU.

    Raises:
        ValueError: it is no quantity.
    """
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise ValueError("must be a Kubernetes quantity such as 250m or 128Mi")
    return float(match[1]) * _FACTOR.get(match[3] or "", 1.0)


def _positive_quantity(text: str) -> str:
    if quantity_value(text) <= 0:
        raise ValueError("must be more than zero")
    return text


Quantity = Annotated[str, AfterValidator(_positive_quantity)]
"""An amount of CPU (cores) or memory (bytes), as Kubernetes writes it."""

NamespaceName = Annotated[str, AfterValidator(check_namespace_name)]
"""A namespace that this platform may own."""

Percentage = Annotated[int, Field(ge=1, le=100)]
"""A share of what pods request, in per cent."""

LabelName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
"""An RFC 1123 label."""
