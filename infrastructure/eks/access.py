"""Access to the API server: by EKS's own entries, each with the least that its principal needs."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from infrastructure.eks.arns import access_policy
from infrastructure.eks.aws import within
from infrastructure.eks.settings import EksSettings
from infrastructure.settings import PlatformNamespace
from shared.isolation.access import DEPLOY, team_group

ADMINISTER = "AmazonEKSClusterAdminPolicy"
VIEW = "AmazonEKSViewPolicy"


def declare_admins(
    settings: EksSettings, cluster: aws.eks.Cluster, *, parent: pulumi.Resource
) -> list[aws.eks.AccessPolicyAssociation]:
    """Let the role that deploys, and those that settings name, administer the cluster.

    Args:
        settings: the cluster's settings.
        cluster: the cluster.
        parent: the component that they are a part of.

    Returns:
        What has to be there before each of them can use the API server; the one that deploys is the first.
    """
    return [
        _associate(
            f"admin-{_short(arn)}",
            arn,
            cluster,
            policy=access_policy(settings.region, ADMINISTER),
            scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            groups=(),
            parent=parent,
        )
        for arn in settings.admins
    ]


def declare_teams(
    settings: EksSettings,
    cluster: aws.eks.Cluster,
    namespaces: Mapping[str, PlatformNamespace],
    *,
    parent: pulumi.Resource,
) -> None:
    """Let each team act in its namespaces: by the groups that their RoleBindings name, and by a look at all in them.

    Args:
        settings: the cluster's settings.
        cluster: the cluster.
        namespaces: the namespaces that the platform owns; each names its team.
        parent: the component that they are a part of.
    """
    for team, access in settings.access.teams.items():
        owned = sorted(name for name, namespace in namespaces.items() if namespace.team == team)
        groups = access.groups or (team_group(team, DEPLOY),)
        if owned:
            _associate(
                f"team-{team}",
                access.principal_arn,
                cluster,
                policy=access_policy(settings.region, VIEW),
                scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="namespace", namespaces=owned),
                groups=groups,
                parent=parent,
            )
        else:
            _enter(f"team-{team}", access.principal_arn, cluster, groups=groups, parent=parent)


def _enter(
    name: str,
    principal: str,
    cluster: aws.eks.Cluster,
    *,
    groups: tuple[str, ...],
    parent: pulumi.Resource,
) -> aws.eks.AccessEntry:
    return aws.eks.AccessEntry(
        name,
        cluster_name=cluster.name,
        principal_arn=principal,
        type=eks.AccessEntryType.STANDARD.value,
        kubernetes_groups=list(groups) or None,
        opts=within(parent),
    )


def _associate(
    name: str,
    principal: str,
    cluster: aws.eks.Cluster,
    *,
    policy: str,
    scope: aws.eks.AccessPolicyAssociationAccessScopeArgs,
    groups: tuple[str, ...],
    parent: pulumi.Resource,
) -> aws.eks.AccessPolicyAssociation:
    entry = _enter(name, principal, cluster, groups=groups, parent=parent)
    return aws.eks.AccessPolicyAssociation(
        name,
        cluster_name=cluster.name,
        principal_arn=entry.principal_arn,
        policy_arn=policy,
        access_scope=scope,
        opts=within(parent, entry),
    )


def _short(arn: str) -> str:
    """A principal's own name, such as `role-deployer`."""
    return arn.split(":", 5)[5].replace("/", "-")
