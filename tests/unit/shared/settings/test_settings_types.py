"""Setting types: Kubernetes quantities, percentages and names."""

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.settings.types import LabelName, NamespaceName, Percentage, Quantity, quantity_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        ("250m", 0.25),
        ("0.5", 0.5),
        ("1k", 1e3),
        ("2M", 2e6),
        ("1Ki", 1024.0),
        ("128Mi", 128 * 1024.0**2),
        ("1Gi", 1024.0**3),
        ("1Ti", 1024.0**4),
        ("1Pi", 1024.0**5),
        ("1Ei", 1024.0**6),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1e3),
        ("2E3", 2e3),
        ("5e-1", 0.5),
        ("2E", 2e18),
        ("100u", 1e-4),
        ("100n", 1e-7),
    ],
)
def test_a_quantity_is_a_number(text: str, value: float) -> None:
    assert quantity_value(text) == pytest.approx(value)


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
