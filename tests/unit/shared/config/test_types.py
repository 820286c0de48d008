"""Setting types: quantities, texts that look like numbers, names of namespaces."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.config.types import ImageTag, Quantity, check_namespace_name, quantity_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("250m", Fraction(1, 4)),
        ("0.1", Fraction(1, 10)),
        ("5P", 5 * 10**15),
        ("128Mi", 128 * 1024**2),
        ("1.5Ti", 3 * 1024**4 // 2),
        ("1.", 1),
        (".5", Fraction(1, 2)),
        ("1.1e1", 11),
        ("2E+2", 200),
        ("2E", 2 * 10**18),
        ("100n", Fraction(1, 10**7)),
    ],
)
def test_a_quantity_is_an_exact_number(text: str, value: Fraction) -> None:
    assert quantity_value(text) == value


@pytest.mark.parametrize("text", ["8Ei", "10E", "1e999"])
def test_a_quantity_is_never_more_than_kubernetes_takes(text: str) -> None:
    """https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/."""
    assert quantity_value(text) == 2**63 - 1


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


def test_a_text_that_looks_like_a_number_needs_quotes_where_a_digit_could_be_lost() -> None:
    tag = TypeAdapter(ImageTag)
    assert (tag.validate_python(1), tag.validate_python("1.10")) == ("1", "1.10")
    with pytest.raises(ValidationError, match="in quotes"):
        tag.validate_python(1.1)
    assert TypeAdapter(Quantity).validate_python(0.5) == "0.5"


@pytest.mark.parametrize("name", ["a", "0", "dev", "dusk-service-dev", "x" * 63, "kube", "kubeflow"])
def test_a_label_of_at_most_63_characters_is_a_name(name: str) -> None:
    assert check_namespace_name(name) == name


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        *(
            (name, "not a valid RFC 1123 label")
            for name in ("", "-a", "a-", "Dev", "a_b", "a.b", "a b", "dév", "dev\n")
        ),
        ("x" * 64, "has 64 characters"),
        *((name, "reserved for the cluster itself") for name in ("default", "kube-system", "kube-x")),
    ],
)
def test_another_name_is_refused_with_the_rule(name: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        check_namespace_name(name)


@given(st.text())
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = check_namespace_name(text)
    except ValueError:
        return
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(name) <= 63
    assert not name.startswith(("-", "kube-"))
