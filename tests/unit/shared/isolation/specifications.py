"""Isolations to test with, as settings make them."""

from typing import Any

from shared.isolation.resolution import resolve
from shared.isolation.specification import IsolationSpecification
from shared.settings.isolation import IsolationSettings, OrganizationSettings

GOVERNOR = "day-service-app.dev"


def specification(
    *, tenants: tuple[str, ...] = (), previous_governor: str | None = None, **settings: Any
) -> IsolationSpecification:
    """An isolation of the namespace dev, by settings of its own and an organization that says nothing."""
    return IsolationSpecification(
        namespace="dev",
        governor=GOVERNOR,
        previous_governor=previous_governor,
        resolved=resolve(IsolationSettings.model_validate(settings), OrganizationSettings()),
        tenants=tenants,
    )
