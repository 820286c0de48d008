"""The EKS cluster as a whole, in the order in which its parts come to be; they go in the reverse one."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from infrastructure.eks.access import declare_admins, declare_teams
from infrastructure.eks.addons import declare_addons
from infrastructure.eks.arns import cluster_arn
from infrastructure.eks.aws import aws_provider, everywhere
from infrastructure.eks.control_plane import declare_control_plane
from infrastructure.eks.encryption import declare_key
from infrastructure.eks.endpoints import declare_endpoints
from infrastructure.eks.identity import (
    declare_network_plugin_identity,
    declare_oidc_provider,
    declare_workload_identities,
)
from infrastructure.eks.ingress import (
    CLASS,
    declare_controller_identity,
    ingress_sources,
    install_ingress,
)
from infrastructure.eks.kubeconfig import eks_kubeconfig
from infrastructure.eks.network import Network
from infrastructure.eks.node_groups import declare_node_groups
from infrastructure.eks.records import declare_control_plane_logs, declare_flow_logs
from infrastructure.eks.settings import EksSettings
from infrastructure.eks.versions import AFTER_NODES, BEFORE_NODES
from infrastructure.settings import PlatformNamespace
from shared.stack_name import StackName


class EksCluster(pulumi.ComponentResource):
    """VPC, control plane, node groups, add-ons and access.

    Args:
        settings: the cluster's settings.
        namespaces: the namespaces that the platform owns; each names its team.
        ingress_class: the IngressClass's name; the usual one where None.
        here: the infrastructure stack.
    """

    def __init__(
        self,
        settings: EksSettings,
        namespaces: Mapping[str, PlatformNamespace],
        ingress_class: str | None,
        here: StackName,
    ) -> None:
        self._settings, self._owner = settings, here.owner
        self._tags = everywhere(settings, here)
        self.name = name = settings.cluster_name(here.stack)
        self.ingress_class = ingress_class or CLASS
        self.arn = cluster_arn(settings.region, settings.account_id, name)
        provider = aws_provider(settings, self._tags)
        super().__init__("platform:eks:EksCluster", "eks", opts=pulumi.ResourceOptions(providers=[provider]))

        network = Network(name, settings, parent=self)
        self._vpc = network.vpc
        self.ingress_sources = ingress_sources(settings, network.zones)
        declare_endpoints(name, settings, network, parent=self)
        declare_flow_logs(name, settings, network, parent=self)

        key = declare_key(name, settings, parent=self)
        logs = declare_control_plane_logs(name, settings, parent=self)
        control_plane = declare_control_plane(name, settings, network, key, logs, parent=self)
        admins = declare_admins(settings, control_plane, parent=self)
        declare_teams(settings, control_plane, namespaces, parent=self)

        identity = declare_network_plugin_identity(settings, control_plane, parent=self)
        ahead = declare_addons(BEFORE_NODES, settings, control_plane, after=identity, parent=self)
        nodes = declare_node_groups(
            name, settings, control_plane, network, tags=self._tags, after=ahead, parent=self
        )
        behind = declare_addons(AFTER_NODES, settings, control_plane, after=nodes, parent=self)
        controller = declare_controller_identity(settings, control_plane, parent=self)
        self._serving = [*nodes, *behind, *controller]
        declare_workload_identities(settings, control_plane, parent=self)
        if settings.oidc_provider:
            declare_oidc_provider(control_plane, parent=self)

        # The API server lets the one that deploys in only once its access entry is there. The others' entries are
        # left out, so that the cluster can still be looked at in a preview that adds one of them.
        authority = control_plane.certificate_authority.apply(
            lambda found: (found.data if found else None) or ""
        )
        reached = pulumi.Output.all(control_plane.endpoint, authority, admins[0].id)
        self.kubeconfig = reached.apply(
            lambda known: self._kubeconfig(known[0], known[1], profile=settings.profile)
        )
        self.exported_kubeconfig = reached.apply(lambda known: self._kubeconfig(known[0], known[1]))
        self.register_outputs({"arn": self.arn})

    def install_ingress(self, provider: kubernetes.Provider) -> None:
        """Install what gives an application's Ingress its load balancer.

        Args:
            provider: the connection to the cluster.
        """
        install_ingress(
            self.name,
            self._settings,
            self._vpc.id,
            self.ingress_class,
            self._owner,
            tags=self._tags,
            provider=provider,
            after=self._serving,
        )

    def _kubeconfig(self, endpoint: str, authority: str, *, profile: str | None = None) -> str:
        return eks_kubeconfig(
            name=self.name,
            region=self._settings.region,
            endpoint=endpoint,
            certificate_authority=authority,
            role_arn=self._settings.role_arn,
            profile=profile,
        )
