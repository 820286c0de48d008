"""The settings of an application stack."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.naming import NamespacePattern, check_namespace_name, namespace_name
from shared.settings.source import Settings
from shared.settings.types import LabelName, NamespaceName, Percentage, Quantity, quantity_value


class NamespaceSettings(Settings):
    """Where the application lives, and who owns that namespace."""

    namespace: NamespaceName | None = None
    create_namespace: bool = True
    namespace_source: str | None = None
    adopt_namespace_from: str | None = None
    namespace_pattern: NamespacePattern = NamespacePattern.SERVICE_ENVIRONMENT
    team: LabelName | None = None
    infra_stack_name: str | None = None

    def namespace_name(self, *, service: str, environment: str) -> str:
        """The namespace that these settings ask for: the one that they name, or by the pattern.

        Args:
            service: the service's name, such as `day-service`.
            environment: the stack's name, such as `dev`.

        Raises:
            ValueError: the pattern needs a team, or makes no usable name.
        """
        return self.namespace or check_namespace_name(
            namespace_name(
                self.namespace_pattern, service=service, team=self.team or "", environment=environment
            )
        )

    def _contradictions(self) -> list[str]:
        """What settings say against each other."""
        wrong: list[str] = []
        if self.adopt_namespace_from and not self.create_namespace:
            wrong.append(
                "adopt_namespace_from is set, but create_namespace is false: "
                "a stack that reads its namespace adopts none; remove one of the two"
            )
        if self.namespace_source and self.create_namespace:
            wrong.append(
                "namespace_source is set, but create_namespace is true: "
                "a stack that owns its namespace reads it from nobody; remove one of the two"
            )
        return wrong

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if wrong := self._contradictions():
            raise ValueError("; ".join(wrong))
        return self


class ApplicationSettings(NamespaceSettings):
    """Everything that an application stack's settings file may say."""

    image_registry: str = "registry.platform.internal"
    image_name: str | None = None
    image_tag: str = Field(default="latest", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
    replicas: int = Field(default=2, ge=1, le=1000)
    min_replicas: int = Field(default=2, ge=1, le=1000)
    max_replicas: int = Field(default=10, ge=1, le=1000)
    cpu_target: Percentage = 70
    memory_target: Percentage = 80
    cpu_request: Quantity = "100m"
    memory_request: Quantity = "128Mi"
    cpu_limit: Quantity = "500m"
    memory_limit: Quantity = "512Mi"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    database_host: str = "localhost"
    cache_ttl: int = Field(default=300, ge=0)
    feature_new_ui: bool = False
    ingress_domain: str = Field(default="platform.internal", pattern=r"^[a-z0-9.-]+$")

    def _contradictions(self) -> list[str]:
        pairs = [
            ("min_replicas", self.min_replicas, "max_replicas", self.max_replicas),
            ("cpu_request", self.cpu_request, "cpu_limit", self.cpu_limit),
            ("memory_request", self.memory_request, "memory_limit", self.memory_limit),
        ]
        return super()._contradictions() + [
            f"{low_name} ({low}) must not be more than {high_name} ({high})"
            for low_name, low, high_name, high in pairs
            if quantity_value(str(low)) > quantity_value(str(high))
        ]
