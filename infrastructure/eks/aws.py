"""The AWS provider: one account, by credentials that settings name, with the tags of everything."""

import inspect
from collections.abc import Iterable, Mapping

import pulumi
import pulumi_aws as aws

from infrastructure.eks.settings import EksSettings
from shared.stack_name import StackName

PROVIDER_NAME = "aws"
_SESSION = "pulumi"


def unknown_services(endpoints: Iterable[str]) -> list[str]:
    """Those names by which the AWS provider knows no service."""
    known = set(inspect.signature(aws.ProviderEndpointArgs.__init__).parameters)
    return sorted(name for name in endpoints if name not in known)


def everywhere(settings: EksSettings, here: StackName) -> dict[str, str]:
    """The tags of every resource: https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/.

    Args:
        settings: the cluster's settings.
        here: the stack.
    """
    return {
        **settings.tags,
        "project": here.project,
        "stack": here.stack,
        "owner": settings.owner,
        "cost-center": settings.cost_center,
        "managed-by": "pulumi",
    }


def aws_provider(settings: EksSettings, tags: Mapping[str, str]) -> aws.Provider:
    """Reach AWS: the provider itself refuses every other account, before anything is planned.

    Args:
        settings: the cluster's settings.
        tags: the tags of every resource.
    """
    return aws.Provider(
        PROVIDER_NAME,
        region=settings.region,
        profile=settings.profile,
        assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=settings.role_arn, session_name=_SESSION)]
        if settings.role_arn
        else None,
        allowed_account_ids=[settings.account_id],
        default_tags=aws.ProviderDefaultTagsArgs(tags=dict(tags)),
        endpoints=[aws.ProviderEndpointArgs(**settings.endpoints)] if settings.endpoints else None,
        # The machine that deploys is asked for nothing: a credential of its own would be an ambient one.
        skip_metadata_api_check=True,
    )


def name_tag(name: str) -> dict[str, str]:
    """The tag by which AWS's consoles call a resource."""
    return {"Name": name}


def within(parent: pulumi.Resource, *after: pulumi.Resource, protect: bool = False) -> pulumi.ResourceOptions:
    """The options of a resource of a component, which gives it its provider.

    Args:
        parent: the component.
        after: what has to be there before it, and goes after it.
        protect: whether the engine refuses to delete or replace it.
    """
    return pulumi.ResourceOptions(parent=parent, depends_on=list(after), protect=protect or None)
