"""An application's settings: their defaults, their bounds and the rules between them."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.config.application import ApplicationSettings


def wrong(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        ApplicationSettings.model_validate(values)
    return str(caught.value)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (
            {"create_namespace": False, "adopt_namespace_from": "service-infrastructure.dev"},
            "remove adopt_namespace_from, or set create_namespace to true",
        ),
        (
            {"namespace_source": "service-infrastructure/dev"},
            "remove namespace_source, or set create_namespace to false",
        ),
        ({"namespace_pattern": "team-environment"}, "needs the setting team"),
        ({"min_replicas": 3, "max_replicas": 2}, "min_replicas (3) must not be more than max_replicas (2)"),
        ({"cpu_request": "1", "cpu_limit": "500m"}, "cpu_request (1) must not be more than cpu_limit (500m)"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(values: dict[str, Any], rule: str) -> None:
    assert rule in wrong(**values)


def test_equal_bounds_and_a_named_namespace_are_no_contradiction() -> None:
    settings = ApplicationSettings.model_validate(
        {
            "min_replicas": 3,
            "max_replicas": 3,
            "cpu_request": "1",
            "cpu_limit": "1000m",
            "namespace_pattern": "team-environment",
            "namespace": "dev",
        }
    )
    assert settings.namespace_name(service="day-service", environment="production") == "dev"


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("environment", "dev"),
        ("service-environment", "day-service-dev"),
        ("team-environment", "team-backend-dev"),
    ],
)
def test_a_pattern_names_a_namespace(pattern: str, name: str) -> None:
    settings = ApplicationSettings.model_validate({"namespace_pattern": pattern, "team": "backend"})
    assert settings.namespace_name(service="day-service", environment="dev") == name
    with pytest.raises(ValueError, match="may have at most 63"):
        settings.namespace_name(service="day-service", environment="e" * 64)
