"""Setting types: Kubernetes quantities, percentages and names."""

from fractions import Fraction

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.settings.types import LabelName, NamespaceName, Percentage, Quantity, quantity_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("250m", Fraction(1, 4)),
        ("0.5", Fraction(1, 2)),
        ("0.1", Fraction(1, 10)),
        ("1k", 1000),
        ("2M", 2 * 10**6),
        ("3G", 3 * 10**9),
        ("4T", 4 * 10**12),
        ("5P", 5 * 10**15),
        ("1Ki", 1024),
        ("128Mi", 128 * 1024**2),
        ("1Gi", 1024**3),
        ("1.5Ti", 3 * 1024**4 // 2),
        ("1Pi", 1024**5),
        ("1Ei", 1024**6),
        ("1.", 1),
        (".5", Fraction(1, 2)),
        ("1e3", 1000),
        ("2E3", 2000),
        ("1.1e1", 11),
        ("5e-1", Fraction(1, 2)),
        ("2E+2", 200),
        ("2E", 2 * 10**18),
        ("100u", Fraction(1, 10**4)),
        ("100n", Fraction(1, 10**7)),
    ],
)
def test_a_quantity_is_an_exact_number(text: str, value: Fraction) -> None:
    assert quantity_value(text) == value


@pytest.mark.parametrize("text", ["8Ei", "10E", "1e999"])
def test_a_quantity_is_never_more_than_kubernetes_takes(text: str) -> None:
    """https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/."""
    assert quantity_value(text) == 2**63 - 1


def test_quantities_add_up_exactly() -> None:
    assert quantity_value("0.1") + quantity_value("0.2") == quantity_value("0.3")
    assert 3 * quantity_value("100m") == quantity_value("300m")


@pytest.mark.parametrize(
    "text", ["", "m", "1mm", "1 Gi", "-1", "1e3x", "1GB", "one", ".", "1e", "1e3.5", "1Gi\n"]
)
def test_what_is_no_quantity_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="250m or 128Mi"):
        quantity_value(text)


@pytest.mark.parametrize("text", ["0", "0m", "0.0Gi"])
def test_a_quantity_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="more than zero"):
        TypeAdapter(Quantity).validate_python(text)


@pytest.mark.parametrize("value", [0, 101, "70%", 70.5])
def test_a_percentage_lies_between_1_and_100(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Percentage).validate_python(value)


def test_a_percentage_reads_the_engines_text() -> None:
    assert TypeAdapter(Percentage).validate_python("100") == 100


@pytest.mark.parametrize("name", ["kube-system", "Dev", ""])
def test_a_namespace_name_is_checked(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(NamespaceName).validate_python(name)


@pytest.mark.parametrize("name", ["Backend", "-a", "x" * 64, "a\n"])
def test_a_label_name_is_checked(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(LabelName).validate_python(name)
