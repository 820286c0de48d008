"""The versions of a cluster: what is pinned for each Kubernetes version, and which version may follow which."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import yaml

from shared.errors import Refusal

AddonName = Literal["vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "metrics-server"]
"""The add-ons of every cluster, as EKS names them."""

ADDONS: Mapping[str, Mapping[str, str]] = yaml.safe_load((Path(__file__).parent / "addons.yaml").read_text())
"""Add-on versions by Kubernetes version."""

LOAD_BALANCER_CONTROLLER_CHART = "3.2.1"
"""The AWS Load Balancer Controller is no EKS add-on; this is its Helm chart, whose application has the same version:
https://github.com/aws/eks-charts/tree/master/stable/aws-load-balancer-controller"""


def minor(version: str) -> int:
    """The second number of a Kubernetes version such as `1.34`."""
    return int(version.split(".")[1])


def check_upgrade(version: str, deployed: str | None, file: str) -> None:
    """Refuse a version that skips one, or is older than the cluster's, before anything is planned.

    `deployed` is the cluster's, as its stack exported it last; None where there is no cluster yet.

    Source: https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html
    """
    running = deployed or version
    steps = minor(version) - minor(running)
    fact = f"{file} sets eks.version: {version}, but the cluster runs {running}"
    if steps < 0:
        raise Refusal(f"{fact}, and EKS does not downgrade.", f'Set eks.version: "{running}" or newer.')
    if steps > 1:
        raise Refusal(
            f"{fact}; EKS upgrades by one minor version at a time.",
            f'Set eks.version: "1.{minor(running) + 1}" and deploy, then the next one.',
        )
