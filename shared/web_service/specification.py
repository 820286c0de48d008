"""What a web service is made of, as one immutable value."""

from dataclasses import dataclass

from shared.settings.application import ApplicationSettings

PORT = 8001
"""The TCP port that every service listens on."""

HEALTH_PATH = "/health"
"""The HTTP path that every service answers with 200 while it is well."""


@dataclass(frozen=True)
class WebServiceSpecification:
    """A web service, before it is declared.

    Args:
        name: the service's name, such as `day-service`; its objects are named after it.
        namespace: the name of the namespace that it lives in.
        owner: the stack that deploys it, as `<project>.<stack>`.
        ingress_class: the IngressClass that serves it.
        settings: the application's settings.
    """

    name: str
    namespace: str
    owner: str
    ingress_class: str
    settings: ApplicationSettings

    @property
    def selector(self) -> dict[str, str]:
        """The labels that choose its pods. A Deployment's selector cannot change, so these stay as they are."""
        return {"app": self.name, "managed-by": "pulumi", "environment": self.namespace}

    @property
    def image(self) -> str:
        """The container image: registry, name and tag."""
        settings = self.settings
        return f"{settings.image_registry}/{settings.image_name or self.name}:{settings.image_tag}"

    @property
    def host(self) -> str:
        """The host name under which the Ingress serves it."""
        return f"{self.name}.{self.namespace}.{self.settings.ingress_domain}"

    @property
    def url(self) -> str:
        """The address under which the Ingress serves it."""
        return f"http://{self.host}/"
