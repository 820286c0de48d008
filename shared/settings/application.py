"""The settings of an application stack."""

from typing import Literal

from pydantic import Field

from shared.naming import NamespacePattern, check_namespace_name, namespace_name
from shared.settings.isolation import GovernedBy, IsolationSettings
from shared.settings.types import (
    DomainName,
    HostName,
    ImageName,
    ImageTag,
    NamespaceName,
    Percentage,
    PreviousOwnerName,
    Quantity,
    Registry,
    StackReferenceName,
    quantity_value,
)


class NamespaceSettings(IsolationSettings):
    """Where the application lives, who owns that namespace, and how it is isolated where this stack governs it."""

    namespace: NamespaceName | None = None
    create_namespace: bool = True
    namespace_source: StackReferenceName | None = None
    adopt_namespace_from: PreviousOwnerName | None = None
    protect_namespace: bool = False
    namespace_pattern: NamespacePattern = NamespacePattern.SERVICE_ENVIRONMENT
    infra_stack_name: StackReferenceName | None = None

    @property
    def governs(self) -> bool:
        """Whether this stack declares the namespace's isolation, as its owner or as the one that it is left to."""
        return self.create_namespace or self.governed_by is GovernedBy.APPLICATION

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


class ApplicationSettings(NamespaceSettings):
    """Everything that an application stack's settings file may say."""

    image_registry: Registry = "registry.platform.internal"
    image_name: ImageName | None = None
    image_tag: ImageTag = "latest"
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
    database_host: HostName = "localhost"
    cache_ttl: int = Field(default=300, ge=0)
    feature_new_ui: bool = False
    ingress_domain: DomainName = "platform.internal"

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
