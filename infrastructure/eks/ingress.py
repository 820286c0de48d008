"""Ingress: the AWS Load Balancer Controller, and the IngressClass by which an application's Ingress gets an ALB."""

import json
from collections.abc import Sequence
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes
import yaml

from infrastructure.eks.aws import Context, within
from infrastructure.eks.configuration import EksSettings
from infrastructure.eks.identity import declare_identity
from infrastructure.eks.network import Zone
from infrastructure.eks.versions import LOAD_BALANCER_CONTROLLER_CHART
from shared.config.isolation import Peer
from shared.labels import FIELD_MANAGER, HTTP_PORT, OWNER

CLASS = "alb"
"""The IngressClass of EKS clusters."""

_PARAMETERS_GROUP, _PARAMETERS_KIND = "elbv2.k8s.aws", "IngressClassParams"
_NAME = "aws-load-balancer-controller"
_NAMESPACE = "kube-system"
_CHARTS = "https://aws.github.io/eks-charts"
_POLICY = Path(__file__).parent / "load_balancer_policy.json"
_VALUES = Path(__file__).parent / "load_balancer_values.yaml"


def controller_policy(partition: str) -> str:
    """What the controller may do in AWS: the policy that its authors publish, for a partition such as `aws`.

    Source: https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json
    """
    return json.dumps(json.loads(_POLICY.read_text())).replace("arn:aws:", f"arn:{partition}:")


def ingress_sources(settings: EksSettings, zones: Sequence[Zone]) -> tuple[Peer, ...]:
    """Where an application's requests come from: the subnets that its load balancer has its addresses in."""
    public = settings.load_balancer.scheme == "internet-facing"
    return tuple(Peer(cidr=zone.public if public else zone.private, ports=(HTTP_PORT,)) for zone in zones)


def declare_controller_identity(context: Context, cluster: eks.Cluster) -> list[pulumi.Resource]:
    """Declare what the controller may do in AWS, which it needs until it is deleted."""
    policy = aws.iam.Policy(
        "load-balancers",
        description="The AWS Load Balancer Controller",
        policy=controller_policy(context.settings.partition),
        opts=within(context.parent),
    )
    rights: dict[str, pulumi.Input[str]] = {"controller": policy.arn}
    return declare_identity(context, cluster, "load-balancers", _NAMESPACE, _NAME, policies=rights)


def install_ingress(
    context: Context,
    vpc_id: pulumi.Input[str],
    ingress_class: str,
    owner: str,
    provider: kubernetes.Provider,
    *,
    after: Sequence[pulumi.Resource],
) -> None:
    """Install the controller and the IngressClass by a connection to the cluster.

    `owner` is the infrastructure stack, as `<project>.<stack>`. The controller needs `after` until its own deletion.
    """
    controller = kubernetes.helm.v3.Release(
        _NAME,
        name=_NAME,
        chart=_NAME,
        version=LOAD_BALANCER_CONTROLLER_CHART,
        repository_opts=kubernetes.helm.v3.RepositoryOptsArgs(repo=_CHARTS),
        namespace=_NAMESPACE,
        atomic=True,
        timeout=600,
        values={
            **yaml.safe_load(_VALUES.read_text()),
            "clusterName": context.name,
            "region": context.settings.region,
            # For which pods cannot ask the node's metadata.
            "vpcId": vpc_id,
            "serviceAccount": {"create": True, "name": _NAME},
            "defaultTags": dict(context.tags),
            "ingressClass": ingress_class,
        },
        opts=pulumi.ResourceOptions(provider=provider, depends_on=list(after)),
    )
    labels = {"managed-by": "pulumi", OWNER: owner}
    metadata = kubernetes.meta.v1.ObjectMetaArgs(
        name=ingress_class, labels=labels, annotations={FIELD_MANAGER: owner}
    )
    # What all load balancers of the class have:
    # https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/
    wanted = context.settings.load_balancer
    # The chart would render both, so that they would be deleted together with the controller that still needs them
    # for the Ingresses' load balancers.
    parameters = kubernetes.apiextensions.CustomResource(
        f"{ingress_class}-parameters",
        api_version=f"{_PARAMETERS_GROUP}/v1beta1",
        kind=_PARAMETERS_KIND,
        metadata=metadata,
        spec={
            "scheme": wanted.scheme,
            **({"certificateArn": list(wanted.certificate_arns)} if wanted.certificate_arns else {}),
            **({"inboundCIDRs": list(wanted.inbound_cidrs)} if wanted.inbound_cidrs else {}),
        },
        opts=pulumi.ResourceOptions(provider=provider, depends_on=[controller]),
    )
    kubernetes.networking.v1.IngressClass(
        ingress_class,
        metadata=metadata,
        spec={
            "controller": "ingress.k8s.aws/alb",
            "parameters": {"api_group": _PARAMETERS_GROUP, "kind": _PARAMETERS_KIND, "name": ingress_class},
        },
        opts=pulumi.ResourceOptions(provider=provider, depends_on=[controller, parameters]),
    )
