"""Admission policies: how one is written in CEL, and put in force."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from shared.labels import FIELD_MANAGER, OWNER


def label(which: str, key: str = OWNER) -> str:
    """The CEL expression for a label's value, empty where there is none.

    Args:
        which: `object` or `oldObject`.
        key: the label; the owner's by default.
    """
    return f"{which}.metadata.?labels[?'{key}'].orValue('')"


def annotation(which: str, key: str) -> str:
    """The CEL expression for an annotation's value, empty where there is none."""
    return f"{which}.metadata.?annotations[?'{key}'].orValue('')"


def install_policy(
    name: str, spec: dict[str, Any], owner: str, provider: kubernetes.Provider
) -> tuple[pulumi.Resource, pulumi.Resource]:
    """Declare a ValidatingAdmissionPolicy and the binding that puts it in force.

    Source: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/

    Args:
        name: the policy's and the binding's name.
        spec: the policy's spec.
        owner: the infrastructure stack, as `<project>.<stack>`.
        provider: the connection to the cluster.
    """
    metadata = {
        "name": name,
        "labels": {"managed-by": "pulumi", OWNER: owner},
        "annotations": {FIELD_MANAGER: owner},
    }
    options = pulumi.ResourceOptions(provider=provider)
    policy = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
        f"{name}-policy", metadata=metadata, spec=spec, opts=options
    )
    binding = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        f"{name}-binding",
        metadata=metadata,
        spec={"policy_name": policy.metadata["name"], "validation_actions": ["Deny"]},
        opts=options,
    )
    return policy, binding
