"""Isolations to test with, as settings make them."""

from typing import Any

from shared.config.isolation import IsolationSettings, OrganizationSettings
from shared.isolation.resolution import Resolved, resolve


def resolved(**settings: Any) -> Resolved:
    """An isolation by settings of its own and an organization without any."""
    return resolve(IsolationSettings.model_validate(settings), OrganizationSettings())
