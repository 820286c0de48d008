"""The cluster behind the stack: one that exists already, or the EKS cluster that this stack creates."""

import functools
import json
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
import yaml

from infrastructure.admission import check_admission
from infrastructure.eks.configuration import EksSettings
from infrastructure.settings import InfrastructureSettings
from shared.config.isolation import Peer
from shared.contract import ClusterContract
from shared.errors import PlatformError, Refusal
from shared.kube import observed
from shared.kube.client import cluster_api
from shared.kube.kubeconfig import read_kubeconfig
from shared.kube.observed import ObservedCluster
from shared.ownership.decision import check_cluster
from shared.stacks import Stack
from shared.state import State

if TYPE_CHECKING:
    from infrastructure.eks.facts import Connect, Zones

_ROOT = Path(__file__).resolve().parents[1]
_DEREGISTRATION_SECONDS = 30
"""For how long an ALB lets requests to a pod that ends come to their end; five minutes where nothing says it."""

LOCAL_KUBECONFIG = _ROOT / ".local" / "kubeconfig"
"""Where `make cluster-up` puts the local cluster's kubeconfig."""


@dataclass(frozen=True)
class ClusterAccess:
    """How a cluster is reached, as far as that is known before anything is declared.

    Args:
        kubeconfig: a kubeconfig of one context, self-contained; None where the cluster is yet to be created.
        contract: what applications are told of it.
        identifier: what stays for the cluster's life; empty where the cluster itself says it.
        connect: gives the connection to AWS, where the stack creates the cluster.
    """

    kubeconfig: str | None = field(repr=False)
    contract: ClusterContract
    identifier: str = ""
    zones: "Zones | None" = None
    connect: "Connect | None" = field(default=None, repr=False)


def find_cluster(settings: InfrastructureSettings, stack: Stack, state: State, file: str) -> ClusterAccess:
    """Find out how the cluster that the settings in the file name is reached, or refuse."""
    if settings.eks and settings.cluster == "eks":
        return _eks_cluster(settings.eks, settings.ingress_class, stack, state, file)
    if settings.cluster == "local":
        if not LOCAL_KUBECONFIG.exists():
            raise Refusal(
                f"{file} sets cluster: local, but the local cluster was never started.",
                "Start it: make cluster-up",
            )
        path, ingress_class = LOCAL_KUBECONFIG, "local"
    else:
        path, ingress_class = _ROOT / Path(settings.kubeconfig_path or "").expanduser(), "nginx"
    setting = f"kubeconfig_path in {file}"
    kubeconfig = read_kubeconfig(path, settings.kubeconfig_context, setting=setting, checkout=_ROOT)
    if settings.cluster == "existing":
        _tell_dns(kubeconfig, settings.organization.isolation.network.allow_to, file)
    name = str(yaml.safe_load(kubeconfig)["contexts"][0]["context"]["cluster"])
    contract = ClusterContract(cluster_name=name, ingress_class=settings.ingress_class or ingress_class)
    return ClusterAccess(kubeconfig, contract)


def observe_cluster(
    access: ClusterAccess, namespaces: Mapping[str, object], stack: Stack, state: State
) -> ObservedCluster | None:
    """Observe the cluster and refuse one that this stack must not touch; None where it is yet to be created.

    An EKS cluster that does not answer is not a refusal: this update may be what makes it answer again. Nothing is
    then adopted, and the API server decides about each object.
    """
    cluster = None
    if access.kubeconfig:
        try:
            cluster = observed.observe(access.kubeconfig, list(namespaces))
        except Refusal as unreachable:
            if not access.identifier:
                raise
            pulumi.log.warn(f"The cluster could not be observed: {unreachable.fact}")
    identifier = access.identifier or (cluster.identifier if cluster else "")
    check_cluster(stack, state, identifier, "" if access.identifier or not cluster else cluster.identifier)
    if cluster:
        check_admission(cluster, stack)
    return cluster


def _tell_dns(kubeconfig: str, allowed: Collection[Peer], file: str) -> None:
    """Tell of DNS that the isolation of namespaces blocks, since it is not the kube-dns pods on port 53."""
    peers: list[dict[str, Any]] = []
    # A cluster that does not answer is told next.
    with suppress(PlatformError), cluster_api(kubeconfig) as api:
        # Source: https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
        cache = json.dumps(api.get("/apis/apps/v1/namespaces/kube-system/daemonsets/node-local-dns"))
        if address := re.search(r"169\.254\.\d+\.\d+", cache):
            peers.append({"cidr": f"{address[0]}/32", "ports": ["53/UDP", "53/TCP"]})
        for namespace, service in (("kube-system", "kube-dns"), ("openshift-dns", "dns-default")):
            endpoints = api.get(f"/api/v1/namespaces/{namespace}/endpoints/{service}") or {}
            ports = [port for subset in endpoints.get("subsets") or () for port in subset.get("ports") or ()]
            served = [f"{one['port']}/{one['protocol']}" for one in ports if "dns" in one.get("name", "")]
            if any(not port.startswith("53/") for port in served):
                peers.append({"namespace": namespace, "ports": served})
    for peer in peers:
        if not any((one.cidr or one.namespace) in peer.values() for one in allowed):
            pulumi.log.warn(
                "Pods of isolated namespaces cannot resolve names where this cluster serves DNS. Add to "
                f"organization.isolation.network.allow_to in {file}: {json.dumps(peer)}"
            )


def _eks_cluster(
    eks: EksSettings, ingress_class: str | None, stack: Stack, state: State, file: str
) -> ClusterAccess:
    """What is known of the EKS cluster from the settings, and from the last update that created or changed it."""
    # The AWS SDK takes two seconds to load, which no other cluster needs.
    from infrastructure.eks.access import as_deployer  # noqa: PLC0415
    from infrastructure.eks.aws import aws_provider, common_tags  # noqa: PLC0415
    from infrastructure.eks.facts import check_principals, decide_zones  # noqa: PLC0415
    from infrastructure.eks.identity import POD_IDENTITY_AGENT  # noqa: PLC0415
    from infrastructure.eks.ingress import CLASS, ingress_sources  # noqa: PLC0415
    from infrastructure.eks.network import divide  # noqa: PLC0415
    from infrastructure.eks.versions import check_upgrade  # noqa: PLC0415

    # Before AWS is asked about another account or region.
    check_cluster(stack, state, eks.cluster_arn(stack.name), "")
    check_upgrade(eks.version, state.outputs.get("kubernetes_version"), file)
    connect = functools.cache(lambda: aws_provider(eks, common_tags(eks, stack)))
    zones = decide_zones(eks, state, connect, file)
    check_principals(eks, state, connect, file)
    kubeconfig = None
    if state.outputs.get("cluster_identifier") == eks.cluster_arn(stack.name):
        kubeconfig = as_deployer(state.outputs["kubeconfig"], eks)
    contract = ClusterContract(
        cluster_name=eks.cluster_name(stack.name),
        ingress_class=ingress_class or CLASS,
        ingress_controllers=ingress_sources(eks, divide(eks.cidr, zones.nodes)),
        allow_to={one.namespace: POD_IDENTITY_AGENT for one in eks.workload_identities.values()},
        # By this label the controller keeps a new pod out of the rollout's count until its load balancer sends to it:
        # https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/
        namespace_labels={"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"},
        deregistration_seconds=_DEREGISTRATION_SECONDS,
    )
    return ClusterAccess(kubeconfig, contract, eks.cluster_arn(stack.name), zones, connect)
