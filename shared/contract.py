"""The contract: what the infrastructure stack exports and application stacks read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.program import refusable
from shared.refusal import Refusal
from shared.settings.isolation import GovernedBy, OrganizationSettings, Peer
from shared.stack_name import StackName

INFRASTRUCTURE_PROJECT = "service-infrastructure"
"""The Pulumi project whose stacks provision clusters."""


class NamespaceRecord(BaseModel):
    """A namespace as the stack that owns it exports it.

    Args:
        owner: the owning stack, as `<project>.<stack>`.
        uid: the live namespace's UID.
        tenants: the stacks, as `<project>.<stack>`, that may live in it; empty for any.
        governed_by: who declares its isolation: its owner, or an application that lives in it.
    """

    model_config = ConfigDict(frozen=True)

    owner: str
    uid: str | None = None
    tenants: tuple[str, ...] = ()
    governed_by: GovernedBy = GovernedBy.OWNER


class Infrastructure(BaseModel):
    """What the infrastructure stack exports.

    Args:
        kubeconfig: an admin kubeconfig, self-contained; on EKS an exec plugin without a credential.
        cluster_identifier: stays the same for the cluster's life.
        cluster_name: what people call the cluster.
        ingress_class: the IngressClass whose controller gives an Ingress its address.
        namespaces: the namespaces that the infrastructure stack owns, by name.
        app_namespace: one namespace's name, kept for the readers of the seed document's export.
        organization: what stands for the isolation of all namespaces of the cluster.
        ingress_controllers: where requests from outside come from; None where the cluster does not say.
        tenant_kubeconfigs: a kubeconfig each for tenants, by their owner names, that has its rights alone.
    """

    model_config = ConfigDict(frozen=True)

    kubeconfig: str = Field(repr=False)
    cluster_identifier: str
    cluster_name: str
    ingress_class: str
    namespaces: dict[str, NamespaceRecord] = {}
    app_namespace: str | None = None
    organization: OrganizationSettings = OrganizationSettings()
    ingress_controllers: tuple[Peer, ...] | None = None
    tenant_kubeconfigs: dict[str, str] = Field(default={}, repr=False)


@dataclass(frozen=True)
class Contract:
    """What an application reads from other stacks.

    Args:
        infrastructure: what its infrastructure stack exports.
        namespaces: the namespaces of the stack that it reads its own from; empty where it reads none.
    """

    infrastructure: Infrastructure
    namespaces: Mapping[str, NamespaceRecord]


def read_contract(infrastructure: StackName, source: StackName | None) -> pulumi.Output[Contract]:
    """Read the contract through stack references; a secret, where the kubeconfig is one.

    Args:
        infrastructure: the infrastructure stack.
        source: the stack to read a namespace from; None for none.

    Raises:
        RunError: (in the output) a stack exports no contract, or a part of it is missing.
    """
    references = {
        stack: pulumi.StackReference(stack.reference) for stack in {infrastructure, source} if stack
    }
    return pulumi.Output.all(
        references[infrastructure].outputs, references[source].outputs if source else {}
    ).apply(refusable(lambda known: _contract(infrastructure, known[0], source, known[1])))


def _contract(
    infrastructure: StackName,
    outputs: Mapping[str, Any] | None,
    source: StackName | None,
    source_outputs: Mapping[str, Any] | None,
) -> Contract:
    return Contract(
        _infrastructure(infrastructure, outputs), _namespaces(source, source_outputs) if source else {}
    )


def _infrastructure(stack: StackName, outputs: Mapping[str, Any] | None) -> Infrastructure:
    environment = stack.stack
    if not outputs:
        raise Refusal(
            f"The stack {stack.short} exports nothing: it was never deployed, or it was taken down.",
            f"Deploy it first: make infra-up ENV={environment}",
        )
    if "kubeconfig" in outputs and not isinstance(outputs["kubeconfig"], str):
        # What the engine cannot decrypt it hands on without its value: https://github.com/pulumi/pulumi/issues/11109
        raise Refusal(
            f"The stack {stack.short} exports its kubeconfig as a secret, and the passphrase at hand does not open it.",
            "Set PULUMI_CONFIG_PASSPHRASE_FILE to that stack's passphrase; teams share one by a KMS key "
            "(secretsprovider in the settings file).",
        )
    try:
        return Infrastructure.model_validate(outputs)
    except ValidationError as error:
        missing = ", ".join(sorted({str(detail["loc"][0]) for detail in error.errors()}))
        raise Refusal(
            f"The stack {stack.short} does not export what applications need: {missing}.",
            f"Deploy it again: make infra-up ENV={environment} "
            "(or name another stack by the setting infra_stack_name).",
        ) from None


def _namespaces(stack: StackName, outputs: Mapping[str, Any] | None) -> dict[str, NamespaceRecord]:
    try:
        return {
            name: NamespaceRecord.model_validate(record)
            for name, record in ((outputs or {}).get("namespaces") or {}).items()
        }
    except (ValidationError, AttributeError):
        raise Refusal(
            f"The stack {stack.short} exports 'namespaces' in a form that nobody here reads.",
            "It has to be a map: name to {owner, uid, tenants, governed_by}.",
        ) from None
