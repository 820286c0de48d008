"""The add-ons of EKS: pinned, and in the order in which the cluster can bear them."""

import json
from collections.abc import Iterable, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from infrastructure.eks.aws import within
from infrastructure.eks.settings import EksSettings
from infrastructure.eks.versions import ADDONS, AddonName

_CONFIGURATION = {
    # A text, as the add-on's schema wants it. Without it every NetworkPolicy would be decoration:
    # https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html
    "vpc-cni": {"enableNetworkPolicy": "true"},
}


def declare_addons(
    names: Iterable[AddonName],
    settings: EksSettings,
    cluster: aws.eks.Cluster,
    *,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Declare some add-ons in their pinned versions.

    Args:
        names: which ones.
        settings: the cluster's settings.
        cluster: the cluster.
        after: what has to be there before them.
        parent: the component that they are a part of.
    """
    return [
        aws.eks.Addon(
            name,
            addon_name=name,
            addon_version=settings.addon_versions.get(name) or ADDONS[settings.version][name],
            cluster_name=cluster.name,
            configuration_values=json.dumps(_CONFIGURATION[name]) if name in _CONFIGURATION else None,
            resolve_conflicts_on_create=eks.ResolveConflictsOnCreate.OVERWRITE.value,
            resolve_conflicts_on_update=eks.ResolveConflictsOnUpdate.OVERWRITE.value,
            opts=within(parent, *after),
        )
        for name in names
    ]
