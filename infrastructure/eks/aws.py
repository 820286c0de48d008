"""AWS as the cluster's resources see it: its provider, their tags and options, and IAM roles."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infrastructure.eks.configuration import EksSettings
from shared.stacks import Stack

CONTROL_PLANE = "cluster"
"""The logical name of what pulumi-eks declares, with which it begins the names of all that it consists of."""


@dataclass(frozen=True)
class Context:
    """What each part of a cluster is declared with.

    Args:
        name: the cluster's.
        tags: those of every resource; the provider does not put them on what AWS itself creates.
        parent: the component that it is a part of.
    """

    name: str
    settings: EksSettings
    tags: Mapping[str, str]
    parent: pulumi.Resource


def common_tags(settings: EksSettings, here: Stack) -> dict[str, str]:
    """The tags of every resource: https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/."""
    return {
        **settings.tags,
        "project": here.project,
        "stack": here.name,
        "owner": settings.owner,
        "cost-center": settings.cost_center,
        "managed-by": "pulumi",
    }


def aws_provider(settings: EksSettings, tags: Mapping[str, str]) -> aws.Provider:
    """Reach AWS; the provider itself refuses every other account, before anything is planned."""
    return aws.Provider(
        "aws",
        region=settings.region,
        profile=settings.profile,
        assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=settings.role_arn, session_name="pulumi")]
        if settings.role_arn
        else None,
        allowed_account_ids=[settings.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=dict(tags)),
        endpoints=[aws.ProviderEndpointArgs(**settings.endpoints)] if settings.endpoints else None,
        # A credential of the machine that deploys would be an ambient one.
        skip_metadata_api_check=True,
    )


def within(
    parent: pulumi.Resource, *after: pulumi.Resource, protect: bool = False, delete_first: bool = False
) -> pulumi.ResourceOptions:
    """The options of a component's resource, which has the component's provider and comes after some others.

    With `delete_first` a replacement is created after the old one was deleted, since both are one at AWS.
    """
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=list(after),
        protect=protect or None,
        delete_before_replace=delete_first or None,
    )


def unique(arn: str) -> str:
    """A logical name of what an IAM ARN names, such as `111122223333/role/backend`: unique within a partition."""
    return arn.split(":", 4)[4].replace(":", "/")


def policy_document(*statements: Mapping[str, Any]) -> str:
    """An IAM policy of some statements, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, *, tagged: bool = False) -> str:
    """The trust policy with which a service assumes a role; EKS and Pod Identity tag their sessions."""
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if tagged else [])]
    return policy_document({"Effect": "Allow", "Principal": {"Service": service}, "Action": actions})


def declare_role(
    name: str,
    *,
    trusted: str,
    description: str,
    policies: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """Declare a role with managed policies, whose ARNs are given by a short name.

    The engine adds a random suffix to its name. Returns the role, and the attachments of its policies, which everything
    that uses the role has to come after.
    """
    role = aws.iam.Role(name, assume_role_policy=trusted, description=description, opts=within(parent))
    attachments: list[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(f"{name}-{short}", role=role.name, policy_arn=arn, opts=within(parent))
        for short, arn in policies.items()
    ]
    return role, attachments
