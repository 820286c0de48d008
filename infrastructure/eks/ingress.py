"""Ingress: the AWS Load Balancer Controller, and the IngressClass by which an application's Ingress gets an ALB."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infrastructure.eks.addressing import ZoneAddresses
from infrastructure.eks.arns import partition
from infrastructure.eks.aws import within
from infrastructure.eks.identity import LOAD_BALANCER_CONTROLLER, declare_identity
from infrastructure.eks.settings import EksSettings
from infrastructure.eks.versions import LOAD_BALANCER_CONTROLLER_CHART
from shared.labels import FIELD_MANAGER, OWNER
from shared.settings.isolation import Peer
from shared.web_service.specification import PORT

CLASS = "alb"
"""The IngressClass of EKS clusters."""

_CONTROLLER = "ingress.k8s.aws/alb"
_PARAMETERS = ("elbv2.k8s.aws", "IngressClassParams")
_CHARTS = "https://aws.github.io/eks-charts"
_NAME = "aws-load-balancer-controller"
_TIMEOUT_SECONDS = 600
_REPLICAS = 2
_POLICY = Path(__file__).parent / "load_balancer_policy.json"


def controller_policy(region: str) -> str:
    """What the controller may do in AWS: the policy that its authors publish, for a region's partition.

    Source: https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/docs/install/iam_policy.json
    """
    text = json.dumps(json.loads(_POLICY.read_text()))
    return text.replace("arn:aws:", f"arn:{partition(region)}:")


def ingress_sources(settings: EksSettings, zones: Sequence[ZoneAddresses]) -> tuple[Peer, ...]:
    """Where an application's requests come from: the subnets that its load balancer has its addresses in.

    Args:
        settings: the cluster's settings.
        zones: the networks of the zones' subnets.
    """
    public = settings.load_balancer.scheme == "internet-facing"
    return tuple(Peer(cidr=zone.public if public else zone.private, ports=(PORT,)) for zone in zones)


def declare_controller_identity(
    settings: EksSettings, cluster: aws.eks.Cluster, *, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """Declare what the controller may do in AWS; it has to stay until the controller is gone."""
    policy = aws.iam.Policy(
        "load-balancers",
        description="The AWS Load Balancer Controller",
        policy=controller_policy(settings.region),
        opts=within(parent),
    )
    return declare_identity(
        "load-balancers", LOAD_BALANCER_CONTROLLER, {"controller": policy.arn}, cluster, parent=parent
    )


def install_ingress(
    name: str,
    settings: EksSettings,
    vpc_id: pulumi.Input[str],
    ingress_class: str,
    owner: str,
    *,
    tags: Mapping[str, str],
    provider: kubernetes.Provider,
    after: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Install the controller and the IngressClass.

    Args:
        name: the cluster's name.
        settings: the cluster's settings.
        vpc_id: the VPC's id; pods cannot ask the node's metadata for it.
        ingress_class: the IngressClass's name.
        owner: the infrastructure stack, as `<project>.<stack>`.
        tags: the tags of every resource; the controller puts them on what it makes.
        provider: the connection to the cluster.
        after: what the controller needs, and what must not go before it.
    """
    controller = kubernetes.helm.v3.Release(
        _NAME,
        name=_NAME,
        chart=_NAME,
        version=LOAD_BALANCER_CONTROLLER_CHART,
        repository_opts=kubernetes.helm.v3.RepositoryOptsArgs(repo=_CHARTS),
        namespace=LOAD_BALANCER_CONTROLLER.namespace,
        atomic=True,
        timeout=_TIMEOUT_SECONDS,
        values=_values(name, settings, vpc_id, ingress_class, tags),
        opts=pulumi.ResourceOptions(provider=provider, depends_on=list(after)),
    )
    group, kind = _PARAMETERS
    served = kubernetes.networking.v1.IngressClass(
        ingress_class,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=ingress_class,
            labels={"managed-by": "pulumi", OWNER: owner},
            annotations={FIELD_MANAGER: owner},
        ),
        spec=kubernetes.networking.v1.IngressClassSpecArgs(
            controller=_CONTROLLER,
            parameters=kubernetes.networking.v1.IngressClassParametersReferenceArgs(
                api_group=group, kind=kind, name=ingress_class
            ),
        ),
        opts=pulumi.ResourceOptions(provider=provider, depends_on=[controller]),
    )
    return [controller, served]


def _values(
    name: str,
    settings: EksSettings,
    vpc_id: pulumi.Input[str],
    ingress_class: str,
    tags: Mapping[str, str],
) -> dict[str, Any]:
    wanted = settings.load_balancer
    parameters: dict[str, Any] = {"scheme": wanted.scheme}
    if wanted.certificate_arns:
        parameters["certificateArn"] = list(wanted.certificate_arns)
    if wanted.inbound_cidrs:
        parameters["inboundCIDRs"] = list(wanted.inbound_cidrs)
    return {
        "clusterName": name,
        "region": settings.region,
        "vpcId": vpc_id,
        "replicaCount": _REPLICAS,
        "serviceAccount": {"create": True, "name": LOAD_BALANCER_CONTROLLER.name},
        # Otherwise each look at the release makes a new certificate for its webhook.
        "keepTLSSecret": True,
        # Services are of type ClusterIP: the load balancer sends to pods, not to ports of nodes.
        "defaultTargetType": "ip",
        "defaultTags": dict(tags),
        "enableServiceMutatorWebhook": False,
        "ingressClass": ingress_class,
        # The class is declared beside the release, so that it goes before the controller does.
        "createIngressClassResource": False,
        "ingressClassParams": {"create": True, "name": ingress_class, "spec": parameters},
    }
