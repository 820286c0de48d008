"""What has to be known of AWS before anything is planned: which zones there are, and whether principals exist."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infrastructure.eks.aws import CONTROL_PLANE, unique
from infrastructure.eks.configuration import EksSettings
from shared.errors import Refusal
from shared.state import State

_DEFAULT_ZONES = 3

_WITHOUT_CONTROL_PLANE = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
"""Zones, by their ids, that take no subnet of an EKS control plane:
https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""

_NOT_FOUND = ("couldn't find resource", "NoSuchEntity", "empty result")
"""How the AWS provider says that there is no such role."""

Connect = Callable[[], aws.Provider]
"""Declares the AWS provider, once: a stack that is refused without asking AWS declares nothing."""


@dataclass(frozen=True)
class Zones:
    """The availability zones of a cluster, such as `eu-central-1a`.

    Args:
        nodes: those of nodes, load balancers and NAT gateways, which may change.
        control_plane: those of the control plane, which stay as they were when the cluster was created:
            https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html
    """

    nodes: tuple[str, ...]
    control_plane: tuple[str, ...]


def decide_zones(settings: EksSettings, state: State, provider: Connect, file: str) -> Zones:
    """Decide the zones: those that the settings name, else those that the network has, else the region's first three.

    AWS is asked only for zones that the stack does not have yet; Refusal where it lacks one of them, or has too few.
    """
    has, created = (_in_state(state, settings.region, kind) for kind in ("private", "control-plane"))
    wanted = settings.zones or has
    if not wanted or set(wanted) - set(has):
        available = _available(settings, provider())
        if unknown := sorted(set(wanted) - set(available)):
            raise Refusal(
                f"{file} names zones in eks.zones where this account can have no EKS cluster: {', '.join(unknown)}.",
                f"Name some of: {', '.join(available)}.",
            )
        wanted = wanted or available[:_DEFAULT_ZONES]
    if len(wanted) < settings.fewest_zones:
        raise Refusal(
            f"{settings.region} has {len(wanted)} zones for this account, and {file} needs {settings.fewest_zones}.",
            "Choose another eks.region, or set eks.production: false, which needs two.",
        )
    return Zones(tuple(wanted), created or tuple(wanted))


def check_principals(settings: EksSettings, state: State, provider: Connect, file: str) -> None:
    """Refuse roles and users that do not exist, which EKS does ten minutes into the first run.

    Those that the stack has given access already are not looked up, nor are those of other accounts.
    """
    places = dict.fromkeys(settings.access.admins, "eks.access.admins") | {
        team.principal_arn: f"eks.access.teams.{name}" for name, team in settings.access.teams.items()
    }
    entries = (urn.rpartition("aws:eks/accessEntry:AccessEntry::")[2] for urn in state.urns)
    known = {name.removeprefix(f"{CONTROL_PLANE}-") for name in entries}
    missing = [
        f"    {place}: {arn}"
        for arn, place in places.items()
        if unique(arn) not in known
        and arn.split(":")[4] == settings.account_id
        and not _exists(arn, provider())
    ]
    if missing:
        raise Refusal(
            f"{file} gives access to IAM principals that do not exist:\n" + "\n".join(missing),
            "Create them in IAM, or remove them from the settings.",
        )


def _in_state(state: State, region: str, kind: str) -> tuple[str, ...]:
    """The zones in which the stack has subnets of a kind, once it has the cluster; each is called after its letter."""
    if not any("aws:eks/cluster:Cluster::" in urn for urn in state.urns):
        return ()
    mark = f"$aws:ec2/subnet:Subnet::{kind}-"
    return tuple(sorted(f"{region}{urn.rpartition(mark)[2]}" for urn in state.urns if mark in urn))


def _available(settings: EksSettings, provider: aws.Provider) -> tuple[str, ...]:
    """The region's own zones that this account can use, without local zones and those that EKS does not take."""
    try:
        found = aws.get_availability_zones(state="available", opts=pulumi.InvokeOptions(provider=provider))
    except Exception as error:
        cause = [line.strip() for line in str(error).splitlines() if line.strip()][-1]
        raise Refusal(
            f"AWS does not say which availability zones {settings.region} has: {cause}",
            "Check the credential, the account and the region in the settings of eks.",
        ) from None
    return tuple(
        name
        for name, zone_id in sorted(zip(found.names, found.zone_ids, strict=True))
        if re.fullmatch(rf"{settings.region}[a-f]", name) and zone_id not in _WITHOUT_CONTROL_PLANE
    )


def _exists(arn: str, provider: aws.Provider) -> bool:
    """Whether IAM has a principal; yes where this account may not ask."""
    kind, name = arn.split(":", 5)[5].split("/", 1)
    options = pulumi.InvokeOptions(provider=provider)
    last = name.rsplit("/", 1)[-1]
    try:
        if kind == "role":
            return aws.iam.get_role(name=last, opts=options).arn == arn
        return aws.iam.get_user(user_name=last, opts=options).arn == arn
    except Exception as error:
        return not any(mark in str(error) for mark in _NOT_FOUND)
