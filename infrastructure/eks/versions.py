"""The one table of pinned versions: what runs on which Kubernetes version.

Read on 2026-11-24 from the tables of the EKS user guide (managing-kube-proxy, managing-coredns, managing-vpc-cni) and,
for what has none there, from published outputs of `aws eks describe-addon-versions`. A newer version of one add-on is a
setting (`eks.addon_versions`); a newer Kubernetes version is a row here.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal, get_args

AddonName = Literal["vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "metrics-server"]
"""The add-ons of every cluster, as EKS names them."""

_VPC_CNI = "v1.21.1-eksbuild.7"
_POD_IDENTITY = "v1.3.10-eksbuild.3"
_METRICS_SERVER = "v0.8.1-eksbuild.5"


def _row(*, kube_proxy: str, coredns: str) -> Mapping[str, str]:
    return MappingProxyType(
        {
            "vpc-cni": _VPC_CNI,
            "kube-proxy": kube_proxy,
            "eks-pod-identity-agent": _POD_IDENTITY,
            "coredns": coredns,
            "metrics-server": _METRICS_SERVER,
        }
    )


ADDONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "1.32": _row(kube_proxy="v1.32.13-eksbuild.5", coredns="v1.11.4-eksbuild.33"),
        "1.33": _row(kube_proxy="v1.33.10-eksbuild.2", coredns="v1.13.2-eksbuild.4"),
        "1.34": _row(kube_proxy="v1.34.6-eksbuild.2", coredns="v1.13.2-eksbuild.4"),
        "1.35": _row(kube_proxy="v1.35.3-eksbuild.2", coredns="v1.13.2-eksbuild.4"),
    }
)
"""Add-on versions by Kubernetes version."""

STANDARD_SUPPORT_ENDS: Mapping[str, date] = MappingProxyType(
    {
        "1.32": date(2026, 3, 23),
        "1.33": date(2026, 7, 29),
        "1.34": date(2026, 12, 2),
        "1.35": date(2027, 3, 27),
    }
)
"""After that day a version costs more, or is upgraded by EKS itself (`eks.upgrade_policy`):
https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"""

BEFORE_NODES: tuple[AddonName, ...] = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
"""Add-ons that run on every node: a node without the first of them never becomes ready."""

AFTER_NODES: tuple[AddonName, ...] = ("coredns", "metrics-server")
"""Add-ons whose pods need a node to be scheduled on; without one they never become active."""

ADDON_NAMES: tuple[str, ...] = get_args(AddonName)

LOAD_BALANCER_CONTROLLER_CHART = "3.2.1"
"""The AWS Load Balancer Controller has no EKS add-on; this is its Helm chart, whose application has the same version:
https://github.com/aws/eks-charts/tree/master/stable/aws-load-balancer-controller"""


def minor(version: str) -> int:
    """The second number of a Kubernetes version.

    Args:
        version: such as `1.34`.
    """
    return int(version.split(".")[1])
