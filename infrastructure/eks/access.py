"""Access to the API server: by EKS's own entries, and by a kubeconfig without a credential.

EKS has one entry per principal, and one association per principal and policy. So both are called after the principal,
and not after what the settings call it: a principal that becomes an administrator, or a team that is renamed, keeps
its entry.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import yaml

from infrastructure.eks.aws import unique
from infrastructure.eks.configuration import EksSettings
from shared.errors import Failure, PlatformError, Refusal
from shared.isolation.objects import DEPLOY, team_group
from shared.kube.client import cluster_api

_ADMINISTRATORS = "platform:administrators"
"""The group of those who administer. No binding names it; but EKS leaves the groups of an entry as they were where it
is given none, and a team's principal that becomes an administrator would stay in its team's."""

_ACCESS_SECONDS, _PAUSE_SECONDS = 300.0, 5.0
"""Access entries and the name of a new endpoint take effect with a delay of up to some minutes."""


def access_entries(
    settings: EksSettings, namespaces: Mapping[str, Sequence[str]]
) -> dict[str, eks.AccessEntryArgs]:
    """Who may use the API server, by the principal that AWS knows each by.

    Administrators are the role that deploys and those that settings name. A team acts in its `namespaces` of the
    platform in the groups of their RoleBindings, and may view everything in them.
    """
    entries = {
        unique(arn): _entry(settings, arn, [_ADMINISTRATORS], "AmazonEKSClusterAdminPolicy", type="cluster")
        for arn in settings.admins
    }
    for team, access in settings.access.teams.items():
        owned = sorted(namespaces.get(team, ()))
        entries[unique(access.principal_arn)] = _entry(
            settings,
            access.principal_arn,
            list(access.groups or (team_group(team, DEPLOY),)),
            "AmazonEKSViewPolicy" if owned else None,
            type="namespace",
            namespaces=owned,
        )
    return entries


def let_in(wanted: str, answered: str | None) -> pulumi.Input[str]:
    """A kubeconfig, once the API server lets its user in; `answered` is the one by which it answered this run, if any.

    A preview does not know it where that user may not be let in yet. The provider could not ask then what it has to add
    to the objects, and a plan without that must not bind the update.
    """
    if wanted == answered:
        return wanted
    if not pulumi.runtime.is_dry_run():
        return await_access(wanted)
    unknown: Any = pulumi.UNKNOWN
    return wanted if answered and _role(wanted) == _role(answered) else pulumi.Output.from_input(unknown)


def _role(kubeconfig: str) -> str:
    """The IAM role that a kubeconfig's user assumes, whatever the option is called; empty for none."""
    arguments = yaml.safe_load(kubeconfig)["users"][0]["user"]["exec"]["args"]
    return next((after for one, after in pairwise(arguments) if one.startswith("--role")), "")


async def await_access(connection: str) -> str:
    """Wait until the API server lets the kubeconfig's user in, and return the kubeconfig.

    The cluster was created, or access to it was changed, a moment ago. RunError where the API server does not within
    five minutes, or there is no credential to ask with.
    """
    begun = time.monotonic()
    try:
        with cluster_api(connection) as api:
            while True:
                try:
                    await asyncio.to_thread(api.get, "/api/v1/namespaces/kube-system")
                    break
                except Refusal as error:
                    refusal = error
                waited = time.monotonic() - begun
                if waited > _ACCESS_SECONDS:
                    raise Failure(
                        f"The cluster did not let its deployer in within {_ACCESS_SECONDS / 60:.0f} minutes: "
                        f"{refusal.fact}",
                        "AWS was changed, the cluster's objects were not. Check eks.public_access_cidrs and "
                        "eks.role_arn, and run the command again: it goes on.",
                    )
                said = f"Waiting for access to the cluster ({waited:.0f} s): {refusal.fact}"
                pulumi.log.info(said, ephemeral=True)
                await asyncio.sleep(_PAUSE_SECONDS)
    except PlatformError as error:
        # Not as a refusal: AWS was changed.
        raise pulumi.RunError(str(error)) from None
    return connection


def as_deployer(kubeconfig: str, settings: EksSettings) -> str:
    """The exported kubeconfig as this machine uses it, with the AWS profile, which other machines may not have."""
    if not settings.profile:
        return kubeconfig
    document = yaml.safe_load(kubeconfig)
    # Not by the variable AWS_PROFILE, which a credential in the environment overrides.
    document["users"][0]["user"]["exec"]["args"] += ["--profile", settings.profile]
    return json.dumps(document)


def _entry(
    settings: EksSettings, principal: str, groups: list[str], policy: str | None, **scope: Any
) -> eks.AccessEntryArgs:
    """An entry with a policy of https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html."""
    policies = {
        name: eks.AccessPolicyAssociationArgs(
            policy_arn=f"arn:{settings.partition}:eks::aws:cluster-access-policy/{name}",
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(**scope),
        )
        for name in ([policy] if policy else [])
    }
    return eks.AccessEntryArgs(
        principal_arn=principal,
        kubernetes_groups=groups,
        access_policies=policies,
        type=eks.AccessEntryType.STANDARD,
    )
