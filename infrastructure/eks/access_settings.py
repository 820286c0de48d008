"""The settings of access: who reaches the API server, and what pods may do in AWS."""

from typing import Annotated

from pydantic import Field

from infrastructure.eks.types import PolicyArn, PrincipalArn, counted
from shared.settings.isolation import Group
from shared.settings.source import Settings
from shared.settings.types import LabelName


class TeamAccess(Settings):
    """How a team reaches the cluster: by an IAM role or user of its own.

    Args:
        principal_arn: that role or user.
        groups: the Kubernetes groups that it is in; the team's own deploying group where empty.
    """

    principal_arn: PrincipalArn
    groups: tuple[Group, ...] = ()


class AccessSettings(Settings):
    """Who reaches the API server, besides the role that deploys.

    Args:
        admins: IAM roles or users that administer the cluster; where no role is assumed, the one that deploys first.
        teams: the teams, by name.
    """

    admins: tuple[PrincipalArn, ...] = ()
    teams: dict[LabelName, TeamAccess] = Field(default_factory=dict)


class WorkloadIdentity(Settings):
    """What the pods of one service account may do in AWS.

    Args:
        namespace: their namespace.
        service_account: their service account.
        policy_arns: the managed policies of the role that they get.
    """

    namespace: LabelName
    service_account: LabelName
    policy_arns: Annotated[tuple[PolicyArn, ...], counted(1)]
