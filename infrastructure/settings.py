"""The settings of the infrastructure stack."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from shared.settings.source import Settings
from shared.settings.types import NamespaceName


def _listed(value: Any) -> Any:
    """Names alone are namespaces without settings of their own."""
    return {str(name): {} for name in value} if isinstance(value, list) else value


def _filled(value: Any) -> Any:
    return {} if value is None else value


def _owner(name: str) -> str:
    return name.replace("/", ".", 1)


OwnerName = Annotated[str, AfterValidator(_owner)]
"""A stack as an owner, `<project>.<stack>`; `<project>/<stack>` is understood too."""


class PlatformNamespace(Settings):
    """A namespace that the infrastructure stack owns.

    Args:
        tenants: the stacks that may live in it; empty for any.
        adopt_from: the owner to take it over from, `unowned`, or None.
    """

    tenants: tuple[OwnerName, ...] = ()
    adopt_from: OwnerName | None = None


class InfrastructureSettings(Settings):
    """Everything that an infrastructure stack's settings file may say."""

    cluster: Literal["local", "existing", "eks"]
    kubeconfig_path: str | None = None
    kubeconfig_context: str | None = None
    ingress_class: str | None = None
    namespaces: Annotated[
        dict[NamespaceName, Annotated[PlatformNamespace, BeforeValidator(_filled)]], BeforeValidator(_listed)
    ] = Field(default_factory=dict)
    app_namespace: NamespaceName | None = None
