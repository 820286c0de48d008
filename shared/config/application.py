"""The settings that every application has; a service's own settings are declared in its folder."""

from collections.abc import Iterator

from pydantic import Field

from shared.config.isolation import IsolationSettings, disorder
from shared.config.types import (
    DomainName,
    ImageDigest,
    ImageName,
    ImageTag,
    NamespaceName,
    NamespacePattern,
    PreviousOwnerName,
    Quantity,
    Registry,
    StackReferenceName,
    check_namespace_name,
)
from shared.errors import Refusal


class NamespaceSettings(IsolationSettings):
    """Which namespace the application uses, who owns it, and how it is isolated if this stack manages that."""

    namespace: NamespaceName | None = Field(default=None, examples=["dev"])
    """The namespace to use; named by `namespace_pattern` if not set."""
    create_namespace: bool = True
    """Whether this stack owns its namespace (true), or uses one that another stack owns (false)."""
    namespace_source: StackReferenceName | None = None
    """With `create_namespace: false`, the stack that owns the namespace; the infrastructure stack by default."""
    adopt_namespace_from: PreviousOwnerName | None = None
    """The owner to adopt the namespace from, as `<project>.<stack>`, or `unowned`."""
    protect_namespace: bool = False
    """Whether this stack refuses to release its namespace."""
    namespace_pattern: NamespacePattern = NamespacePattern.SERVICE_ENVIRONMENT
    """How the namespace is named where `namespace` is not set."""
    infra_stack_name: StackReferenceName | None = None
    """The infrastructure stack, as `<stack>` or `<project>/<stack>`; the one of the same environment by default."""

    def namespace_name(self, *, service: str, environment: str) -> str:
        """The namespace's name, as set or by the pattern; ValueError where that gives an invalid or reserved one."""
        prefixes = {
            NamespacePattern.ENVIRONMENT: "",
            NamespacePattern.SERVICE_ENVIRONMENT: f"{service}-",
            NamespacePattern.TEAM_ENVIRONMENT: f"team-{self.team}-",
        }
        return self.namespace or check_namespace_name(f"{prefixes[self.namespace_pattern]}{environment}")

    def contradictions(self) -> Iterator[str]:
        """Ownership, and a name by the team."""
        if self.adopt_namespace_from and not self.create_namespace:
            yield (
                "adopt_namespace_from is for a stack that owns its namespace, but create_namespace is false: "
                "remove adopt_namespace_from, or set create_namespace to true"
            )
        if self.namespace_source and self.create_namespace:
            yield (
                "namespace_source is for a stack that uses another one's namespace, but create_namespace is true: "
                "remove namespace_source, or set create_namespace to false"
            )
        by_team = not self.namespace and self.namespace_pattern is NamespacePattern.TEAM_ENVIRONMENT
        if by_team and not self.team:
            yield "namespace_pattern is team-environment, which needs the setting team"


class ApplicationSettings(NamespaceSettings):
    """The settings of an application stack."""

    image_registry: Registry = "registry.platform.internal"
    """The container registry, with its path, without the image's name."""
    image_name: ImageName | None = Field(default=None, examples=["day-service"])
    """The image's name in the registry; the service's by default."""
    image_tag: ImageTag = Field(default="latest", examples=["1.0.0"])
    """The image's tag; an environment whose name begins with `prod` needs one other than `latest`, or a digest."""
    image_digest: ImageDigest | None = None
    """The image's digest, in place of its tag: it names one image for good."""
    replicas: int = Field(default=2, ge=1, le=1000)
    """How many pods a first deployment starts with; from then on the autoscaler decides."""
    min_replicas: int = Field(default=2, ge=1, le=1000)
    """The fewest pods that the autoscaler keeps."""
    max_replicas: int = Field(default=10, ge=1, le=1000)
    """The most pods that the autoscaler creates."""
    cpu_target: int = Field(default=70, ge=1, le=100)
    """The CPU use at which the autoscaler aims, in per cent of the request."""
    memory_target: int = Field(default=80, ge=0, le=1000)
    """The memory use at which the autoscaler aims, in per cent of the request; 0 for scaling by CPU alone."""
    cpu_request: Quantity = "100m"
    """The CPU that a pod requests."""
    memory_request: Quantity = "128Mi"
    """The memory that a pod requests."""
    cpu_limit: Quantity = "500m"
    """The most CPU that a pod gets."""
    memory_limit: Quantity = "512Mi"
    """The most memory that a pod gets."""
    ingress_domain: DomainName = "platform.internal"
    """The domain below which the Ingress serves `<service>.<namespace>`."""

    def image(self, name: str) -> str:
        """The container image, of the given name unless the settings have one."""
        version = f"@{self.image_digest}" if self.image_digest else f":{self.image_tag}"
        return f"{self.image_registry}/{self.image_name or name}{version}"

    def refuse_moving_image(self, environment: str, file: str) -> None:
        """Refuse to deploy `latest` to production: it is another image tomorrow, on a new node, after a rollback."""
        if environment.startswith("prod") and self.image_tag == "latest" and not self.image_digest:
            raise Refusal(
                f"{file} deploys the image tag 'latest' to {environment}, which names another image tomorrow.",
                "Set image_tag to a version, or image_digest.",
            )

    def contradictions(self) -> Iterator[str]:
        """Ownership, and bounds that are not in order."""
        yield from super().contradictions()
        replicas = ("min_replicas", "max_replicas")
        yield from disorder(self, replicas, ("cpu_request", "cpu_limit"), ("memory_request", "memory_limit"))
