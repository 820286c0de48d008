"""The rules between the settings of an EKS cluster: what they say against each other, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infrastructure.eks.versions import minor

if TYPE_CHECKING:
    from infrastructure.eks.settings import EksSettings

_EVERYWHERE = "0.0.0.0/0"
_FEWEST_ZONES, _FEWEST_ZONES_IN_PRODUCTION = 2, 3
_OLDEST_NODES = 3
"""How many minor versions a kubelet may be older than the API server:
https://kubernetes.io/releases/version-skew-policy/#kubelet"""


def contradictions(settings: EksSettings) -> list[str]:
    """What the settings say against each other.

    A setting that is wrong by itself has its default here, or None where it has none.
    """
    return [
        *_about_credentials(settings),
        *_about_access(settings),
        *_about_network(settings),
        *_about_node_groups(settings),
        *_about_versions(settings),
    ]


def _about_credentials(settings: EksSettings) -> list[str]:
    wrong: list[str] = []
    if not settings.profile and not settings.role_arn:
        wrong.append("profile and role_arn are not set: a stack uses no credential that it was not given")
    if settings.role_arn and settings.account_id and f"::{settings.account_id}:" not in settings.role_arn:
        wrong.append(
            f"role_arn is of another account than account_id ({settings.account_id}): name a role of that account"
        )
    return wrong


def _about_access(settings: EksSettings) -> list[str]:
    wrong: list[str] = []
    if not settings.admins:
        wrong.append(
            "access names no admins, and role_arn is not set: nobody could administer the cluster; "
            "name the role or user that deploys it, as the first"
        )
    principals = [*settings.admins, *(team.principal_arn for team in settings.access.teams.values())]
    for arn in sorted({arn for arn in principals if principals.count(arn) > 1}):
        wrong.append(
            f"access and role_arn have {arn.split(':', 5)[5]} more than once: an IAM principal has one access entry"
        )
    return wrong


def _about_network(settings: EksSettings) -> list[str]:
    wrong: list[str] = []
    if settings.production and _EVERYWHERE in settings.public_access_cidrs:
        wrong.append(
            f"public_access_cidrs has {_EVERYWHERE} in production: name the networks that reach the API server"
        )
    for zone in settings.zones:
        if settings.region and zone[:-1] != settings.region:
            wrong.append(
                f"zones has {zone}, which is not of region {settings.region}: name zones of that region"
            )
    if len(set(settings.zones)) < len(settings.zones):
        wrong.append("zones has one of them more than once: name each once")
    count = len(set(settings.availability_zones))
    fewest = _FEWEST_ZONES_IN_PRODUCTION if settings.production else _FEWEST_ZONES
    if count < fewest:
        whose = "production" if settings.production else "EKS"
        wrong.append(f"zones has {count} of them: {whose} needs {fewest} or more")
    return wrong


def _about_node_groups(settings: EksSettings) -> list[str]:
    """The platform's own pods tolerate no taint."""
    homes = [group for group in settings.node_groups.values() if not group.repels]
    if not homes:
        return ["node_groups are all tainted: the platform's own pods (DNS, metrics) need one that is not"]
    if not any(group.size for group in homes):
        return ["node_groups without a taint start with no node: the platform's own pods need one"]
    return []


def _about_versions(settings: EksSettings) -> list[str]:
    wrong: list[str] = []
    for name, group in settings.node_groups.items() if settings.version else ():
        behind = minor(settings.version) - minor(group.version or settings.version)
        at = f"node_groups has {name} at {group.version}, but version is {settings.version}"
        if behind < 0:
            wrong.append(f"{at}: nodes are never newer than their control plane")
        if behind > _OLDEST_NODES:
            wrong.append(f"{at}: nodes are at most {_OLDEST_NODES} versions older")
    return wrong
