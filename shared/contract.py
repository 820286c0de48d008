"""The contract: what stacks export for each other, and how a program reads it."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.config.isolation import GovernedBy, OrganizationSettings, Peer
from shared.errors import Refusal
from shared.stacks import Stack

_READ_OUTPUTS = "pulumi:pulumi:readStackOutputs"
"""The engine's own function behind stack references: what a stack exports, known at preview too."""


class NamespaceRecord(BaseModel):
    """A namespace as its owner exports it, with the tenants that may use it; stacks are `<project>.<stack>`.

    Without tenants any stack may use it. `governed_by` is who manages its isolation.
    """

    model_config = ConfigDict(frozen=True)

    owner: str
    uid: str | None = None
    tenants: tuple[str, ...] = ()
    governed_by: GovernedBy = GovernedBy.OWNER


class ClusterContract(BaseModel):
    """What the infrastructure stack exports of its cluster, beside the way to it.

    Args:
        ingress_controllers: the sources of external requests; None where the cluster does not define them.
        allow_to: by namespace, what its pods may connect to on this cluster besides what its settings say.
        namespace_labels: labels that each namespace of web services has on this cluster.
        deregistration_seconds: how long a load balancer sends to a pod that ends; None where none sends to pods.
    """

    model_config = ConfigDict(frozen=True)

    cluster_name: str
    ingress_class: str
    ingress_controllers: tuple[Peer, ...] | None = None
    allow_to: dict[str, tuple[Peer, ...]] = {}
    namespace_labels: dict[str, str] = {}
    deregistration_seconds: int | None = None


class Infrastructure(ClusterContract):
    """What the infrastructure stack exports.

    Args:
        kubeconfig: an admin kubeconfig, self-contained; on EKS an exec plugin without a credential.
        cluster_identifier: stays the same for the cluster's life.
        tenant_kubeconfigs: by owner name, a kubeconfig with that tenant's rights alone.
        has_credential: whether the kubeconfig is a secret.
    """

    kubeconfig: str = Field(repr=False)
    cluster_identifier: str
    namespaces: dict[str, NamespaceRecord] = {}
    organization: OrganizationSettings = OrganizationSettings()
    tenant_kubeconfigs: dict[str, str] = Field(default={}, repr=False)
    has_credential: bool = True


def read_infrastructure(stack: Stack) -> Infrastructure:
    """Read what an infrastructure stack exports, before the program declares anything."""
    outputs, secrets = _read_outputs(stack)
    if not outputs:
        raise Refusal(
            f"The stack {stack} exports nothing: it was never deployed, or it was taken down.",
            f"Deploy it first: {stack.command('up')}",
        )
    if "kubeconfig" in outputs and not isinstance(outputs["kubeconfig"], str):
        # The engine passes a secret without its value where it cannot decrypt it (pulumi/pulumi 11109).
        raise Refusal(
            f"The stack {stack} exports its kubeconfig as a secret, which the given passphrase does not decrypt.",
            "Set PULUMI_CONFIG_PASSPHRASE_FILE to that stack's passphrase; teams share one by a KMS key "
            "(secretsprovider in the settings file).",
        )
    try:
        return Infrastructure.model_validate({**outputs, "has_credential": "kubeconfig" in secrets})
    except ValidationError as error:
        missing = ", ".join(sorted({str(detail["loc"][0]) for detail in error.errors()}))
        raise Refusal(
            f"The stack {stack} does not export what applications need: {missing}.",
            f"Deploy it again: {stack.command('up')} (or name another stack by the setting infra_stack_name).",
        ) from None


def read_namespaces(stack: Stack) -> dict[str, NamespaceRecord]:
    """Read the namespaces that a stack owns, by name, as it exports them."""
    outputs, _ = _read_outputs(stack)
    try:
        return TypeAdapter(dict[str, NamespaceRecord]).validate_python(outputs.get("namespaces") or {})
    except ValidationError:
        raise Refusal(
            f"The stack {stack} exports 'namespaces' in an unsupported format.",
            "Deploy it with a current version: name to {owner, uid, tenants, governed_by} is supported.",
        ) from None


def _read_outputs(stack: Stack) -> tuple[Mapping[str, Any], frozenset[str]]:
    """What a stack exports, and which of it are secrets."""
    try:
        found = pulumi.runtime.invoke(_READ_OUTPUTS, {"name": stack.reference}).value or {}
    except Exception as error:
        if "unknown stack" not in str(error):
            raise
        found = {}
    return found.get("outputs") or {}, frozenset(found.get("secretOutputNames") or ())
