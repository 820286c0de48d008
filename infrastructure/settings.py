"""The settings of the infrastructure stack."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from infrastructure.eks.settings import EksSettings
from shared.settings.isolation import IsolationSettings, OrganizationSettings
from shared.settings.source import Settings
from shared.settings.types import DomainName, NamespaceName, OwnerName, PreviousOwnerName


def _listed(value: Any) -> Any:
    """Names alone are namespaces without settings of their own."""
    return {str(name): {} for name in value} if isinstance(value, list) else value


def _filled(value: Any) -> Any:
    return {} if value is None else value


class PlatformNamespace(IsolationSettings):
    """A namespace that the infrastructure stack owns, and how it is isolated.

    Args:
        tenants: the stacks that may live in it; empty for any.
        adopt_from: the owner to take it over from, `unowned`, or None.
        protect_namespace: whether the stack refuses to let go of it.
    """

    tenants: tuple[OwnerName, ...] = ()
    adopt_from: PreviousOwnerName | None = None
    protect_namespace: bool = False


class InfrastructureSettings(Settings):
    """Everything that an infrastructure stack's settings file may say.

    Args:
        namespaces: the namespaces that the stack owns, by name; a list of names where they have no settings.
        organization: what stands for every namespace of the cluster, whoever owns it.
        eks: the EKS cluster that the stack makes, where cluster is eks.
    """

    cluster: Literal["local", "existing", "eks"]
    kubeconfig_path: str | None = Field(default=None, examples=["~/.kube/config"])
    kubeconfig_context: str | None = Field(default=None, examples=["kind-platform"])
    ingress_class: DomainName | None = Field(default=None, examples=["nginx"])
    namespaces: Annotated[
        dict[NamespaceName, Annotated[PlatformNamespace, BeforeValidator(_filled)]], BeforeValidator(_listed)
    ] = Field(default_factory=dict)
    app_namespace: NamespaceName | None = None
    organization: OrganizationSettings = OrganizationSettings()
    tenant_credential_days: int = Field(default=0, ge=0, le=365, examples=[30])
    eks: EksSettings | None = None

    def _contradictions(self) -> list[str]:
        wrong: list[str] = []
        if self.cluster == "eks" and not self.eks:
            wrong.append("cluster is eks, but no eks is set: say in which account and region, and what")
        if self.cluster == "existing" and not self.kubeconfig_path:
            wrong.append(
                "cluster is existing, but no kubeconfig_path is set: name the cluster's kubeconfig file"
            )
        if self.cluster == "eks" and self.tenant_credential_days:
            wrong.append(
                "tenant_credential_days is set, but cluster is eks, where nobody signs client certificates: "
                "give the tenants' teams an access entry (eks.access.teams)"
            )
        if self.app_namespace and self.app_namespace not in self.namespaces:
            wrong.append(
                f"app_namespace is {self.app_namespace}, which is not among namespaces: "
                "add it to namespaces, or remove app_namespace"
            )
        return wrong
