"""The settings of the infrastructure stack."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from infrastructure.eks.configuration import EksSettings
from shared.config.isolation import OrganizationSettings, PlatformNamespace
from shared.config.model import Settings
from shared.config.types import DomainName, NamespaceName


def by_name(value: Any) -> Any:
    """The setting `namespaces` as a mapping: a name alone, or with nothing behind it, has no settings of its own."""
    if isinstance(value, list):
        return {str(name): {} for name in value}
    if isinstance(value, dict):
        return {name: {} if settings is None else settings for name, settings in value.items()}
    return value


class InfrastructureSettings(Settings):
    """The settings of an infrastructure stack."""

    cluster: Literal["local", "existing", "eks"] = Field(examples=["local"])
    """What stands behind the stack: the local cluster, an existing one, or an EKS cluster that the stack creates."""
    kubeconfig_path: str | None = Field(default=None, examples=["~/.kube/config"])
    """The kubeconfig file of an existing cluster; by a relative path in the checkout, where it may run no command."""
    kubeconfig_context: str | None = Field(default=None, examples=["kind-platform"])
    """The context of that file; its current one by default."""
    ingress_class: DomainName | None = Field(default=None, examples=["nginx"])
    """The IngressClass that serves applications; local, alb or nginx by default, as the cluster is."""
    namespaces: Annotated[dict[NamespaceName, PlatformNamespace], BeforeValidator(by_name)] = Field(
        default_factory=dict
    )
    """The namespaces that the stack owns, by name; a list of names where they have no settings."""
    app_namespace: NamespaceName | None = None
    """One of the stack's namespaces, to be exported by itself as well."""
    organization: OrganizationSettings = OrganizationSettings()
    """What holds for every namespace of the cluster, whoever owns it."""
    tenant_credential_days: int = Field(default=0, ge=0, le=365)
    """For how many days each tenant of a namespace gets a credential of its own; none where 0."""
    eks: EksSettings | None = None
    """The EKS cluster that the stack creates."""

    @property
    def credential_tenants(self) -> list[str]:
        """The stacks that get a credential of their own: every tenant that is named, where the settings ask for it."""
        if not self.tenant_credential_days:
            return []
        return sorted({tenant for own in self.namespaces.values() for tenant in own.tenants})

    def contradictions(self) -> Iterator[str]:
        """What the kind of cluster lacks or cannot have, and a namespace that is not the stack's."""
        if self.cluster == "eks" and not self.eks:
            yield "cluster is eks, which needs the setting eks"
        if self.cluster == "existing" and not self.kubeconfig_path:
            yield "cluster is existing, which needs the setting kubeconfig_path"
        if self.cluster == "eks" and self.tenant_credential_days:
            yield (
                "tenant_credential_days is set, but cluster is eks, which has no signer for client certificates: "
                "give the tenants' teams an access entry (eks.access.teams)"
            )
        if self.app_namespace and self.app_namespace not in self.namespaces:
            yield (
                f"app_namespace is {self.app_namespace}, which is not among namespaces: "
                "add it to namespaces, or remove app_namespace"
            )
