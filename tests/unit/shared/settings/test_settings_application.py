"""An application's settings: their defaults, their bounds and the rules between them."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.settings.application import ApplicationSettings


def wrong(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        ApplicationSettings.model_validate(values)
    return str(caught.value)


def test_a_stack_owns_its_namespace_unless_it_says_otherwise() -> None:
    settings = ApplicationSettings()
    assert settings.create_namespace
    assert settings.adopt_namespace_from is None
    assert settings.namespace_source is None


def test_a_reader_adopts_nothing() -> None:
    message = wrong(create_namespace=False, adopt_namespace_from="service-infrastructure.dev")
    assert "adopt_namespace_from is set, but create_namespace is false" in message
    assert "remove one of the two" in message


def test_an_owner_reads_from_nobody() -> None:
    message = wrong(create_namespace=True, namespace_source="service-infrastructure/dev")
    assert "namespace_source is set, but create_namespace is true" in message


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"min_replicas": 3, "max_replicas": 2}, "min_replicas (3) must not be more than max_replicas (2)"),
        ({"cpu_request": "1", "cpu_limit": "500m"}, "cpu_request (1) must not be more than cpu_limit (500m)"),
        (
            {"memory_request": "1Gi", "memory_limit": "1000Mi"},
            "memory_request (1Gi) must not be more than memory_limit (1000Mi)",
        ),
    ],
)
def test_less_is_not_more(values: dict[str, Any], rule: str) -> None:
    assert rule in wrong(**values)


def test_every_wrong_order_is_told() -> None:
    message = wrong(min_replicas=3, max_replicas=2, cpu_request="1", cpu_limit="500m")
    assert "min_replicas" in message
    assert "cpu_request" in message


def test_equal_bounds_are_in_order() -> None:
    settings = ApplicationSettings(
        min_replicas=3, max_replicas=3, cpu_request="1", cpu_limit="1000m", memory_limit="128Mi"
    )
    assert settings.max_replicas == 3


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 0},
        {"replicas": 1001},
        {"min_replicas": 0},
        {"max_replicas": 1001, "min_replicas": 1},
        {"cpu_target": 0},
        {"memory_target": 101},
        {"cache_ttl": -1},
        {"image_tag": "-x"},
        {"image_tag": "x" * 129},
        {"image_tag": "a b"},
        {"log_level": "trace"},
        {"ingress_domain": "Platform.internal"},
        {"namespace": "kube-system"},
        {"namespace_pattern": "service"},
        {"team": "Back End"},
    ],
    ids=str,
)
def test_a_value_out_of_bounds_is_refused(values: dict[str, Any]) -> None:
    assert next(iter(values)) in wrong(**values)


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValidationError):
        ApplicationSettings().replicas = 5
