"""IAM roles: who may take them, and what they may then do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infrastructure.eks.aws import within

_POLICY_VERSION = "2012-10-17"
_TAKE = "sts:AssumeRole"
_TAG = "sts:TagSession"

PODS = "pods.eks.amazonaws.com"
"""EKS Pod Identity: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html"""


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document of some statements, as JSON."""
    return json.dumps({"Version": _POLICY_VERSION, "Statement": list(statements)})


def trust(service: str, *, tagged: bool = False) -> str:
    """The trust policy by which a service of AWS takes a role.

    Args:
        service: the service's principal.
        tagged: whether it tags its sessions, as EKS and Pod Identity do.
    """
    actions = [_TAKE, _TAG] if tagged else [_TAKE]
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": actions})


def declare_role(
    name: str,
    *,
    trusted: str,
    description: str,
    policies: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """Declare a role and attach managed policies to it.

    Args:
        name: its logical name, to which the engine adds a random suffix.
        trusted: its trust policy.
        description: what it is for.
        policies: the ARNs of its managed policies, by a short name.
        parent: the component that it is a part of.

    Returns:
        The role, and the attachments, without which it may do nothing.
    """
    role = aws.iam.Role(name, assume_role_policy=trusted, description=description, opts=within(parent))
    attachments: Sequence[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(f"{name}-{short}", role=role.name, policy_arn=arn, opts=within(parent))
        for short, arn in policies.items()
    ]
    return role, list(attachments)
