"""The dusk service's own settings, besides those of every application."""

from typing import Literal

from pydantic import Field

from shared.config.application import ApplicationSettings
from shared.config.types import HostName


class Settings(ApplicationSettings):
    """The settings of the dusk service."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much the service logs."""
    database_host: HostName = "localhost"
    """The host name of the service's database."""
    cache_ttl: int = Field(default=300, ge=0)
    """How long the service caches an answer, in seconds."""
    feature_new_ui: bool = False
    """Whether the service shows its new user interface."""
