"""Who acts in a namespace: the groups that deploy into it and those that look at it."""

from collections.abc import Iterable
from typing import Any

from shared.isolation.specification import IsolationSpecification

DEPLOY = "platform-deploy"
"""The ClusterRole, and each namespace's RoleBinding to it, of those who deploy."""

READ = "platform-read"
"""The ClusterRole, and each namespace's RoleBinding to it, of those who look."""

_API_GROUP = "rbac.authorization.k8s.io"


def team_group(team: str, role: str) -> str:
    """The group of a team's people for one of the two roles, such as `platform:backend:deploy`.

    Args:
        team: the team's name.
        role: DEPLOY or READ.
    """
    return f"platform:{team}:{role.removeprefix('platform-')}"


def role_reference(role: str, _: IsolationSpecification) -> dict[str, str]:
    """A RoleBinding's reference to one of the two ClusterRoles."""
    return {"api_group": _API_GROUP, "kind": "ClusterRole", "name": role}


def subjects(role: str, isolation: IsolationSpecification) -> list[dict[str, Any]]:
    """Who has a role in the namespace: its team, groups by settings, and tenants where the role is to deploy."""
    resolved = isolation.resolved
    groups = list(resolved.access.deploy_groups if role == DEPLOY else resolved.access.read_groups)
    if resolved.team:
        groups.insert(0, team_group(resolved.team, role))
    users = isolation.tenants if role == DEPLOY else ()
    return [*_named("Group", dict.fromkeys(groups)), *_named("User", users)]


def _named(kind: str, names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"api_group": _API_GROUP, "kind": kind, "name": name} for name in names]
