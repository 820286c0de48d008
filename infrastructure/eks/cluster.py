"""The EKS cluster as a whole, in the order in which its parts are created; they are deleted in the reverse order."""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from infrastructure.eks.access import access_entries, as_deployer, let_in
from infrastructure.eks.aws import (
    CONTROL_PLANE,
    Context,
    common_tags,
    declare_role,
    policy_document,
    trust,
    within,
)
from infrastructure.eks.configuration import EksSettings
from infrastructure.eks.facts import Zones
from infrastructure.eks.identity import declare_identity, declare_workload_identities
from infrastructure.eks.ingress import declare_controller_identity, install_ingress
from infrastructure.eks.network import Network, declare_endpoints, declare_flow_logs
from infrastructure.eks.nodes import declare_addons, declare_node_groups
from shared.stacks import Stack

_LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All logs of the control plane: https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html"""

_KEY_RIGHTS = ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"]
_RECOVERY_DAYS = 30
"""For how long a deleted key can be recovered. Without it no secret of the cluster can be read again."""


class EksCluster(pulumi.ComponentResource):
    """VPC, control plane, node groups, add-ons and access.

    Args:
        team_namespaces: the names of the platform's namespaces of each team.
        answered: the kubeconfig by which the API server answered this run; None where it did not. With any other one
            the run waits until its deployer is let in.
    """

    def __init__(
        self,
        settings: EksSettings,
        team_namespaces: Mapping[str, Sequence[str]],
        here: Stack,
        *,
        provider: aws.Provider,
        zones: Zones,
        answered: str | None,
    ) -> None:
        super().__init__(
            "platform:eks:EksCluster",
            "eks",
            opts=pulumi.ResourceOptions(providers=[provider, eks.Provider("eks")]),
        )

        context = Context(settings.cluster_name(here.name), settings, common_tags(settings, here), self)
        network = Network(context, zones)
        declare_endpoints(context, network)
        declare_flow_logs(context, network)

        control_plane = _declare_control_plane(context, network, team_namespaces)
        # Without an identity of its own the network plugin, which runs on every node, would use the node's role.
        rights: dict[str, pulumi.Input[str]] = {"cni": settings.managed_policy("AmazonEKS_CNI_Policy")}
        identity = declare_identity(
            context, control_plane, "vpc-cni", "kube-system", "aws-node", policies=rights
        )
        ahead = declare_addons(["eks-pod-identity-agent"], settings, control_plane)
        nodes = declare_node_groups(context, control_plane, network, after=[*identity, *ahead])
        # Their pods need a node; without one they never become active.
        behind = declare_addons(["coredns", "metrics-server"], settings, control_plane, after=nodes)
        controller = declare_controller_identity(context, control_plane)
        declare_workload_identities(context, control_plane)
        if settings.oidc_provider:
            # IAM knows the issuer's certificate authority, so no thumbprint has to be fetched:
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
            url, clients = control_plane.oidc_provider_url, ["sts.amazonaws.com"]
            aws.iam.OpenIdConnectProvider("oidc", url=url, client_id_lists=clients, opts=within(self))

        # What gives an application's Ingress its load balancer, by a connection to the cluster.
        self.install_ingress = partial(
            install_ingress, context, network.vpc.id, after=[*nodes, *behind, *controller]
        )
        self.exported_kubeconfig = control_plane.kubeconfig_json
        self.kubeconfig = self.exported_kubeconfig.apply(
            lambda exported: let_in(as_deployer(exported, settings), answered)
        )
        self.register_outputs({"arn": settings.cluster_arn(here.name)})


def _declare_control_plane(
    context: Context, network: Network, team_namespaces: Mapping[str, Sequence[str]]
) -> eks.Cluster:
    """Declare the EKS cluster itself with its access and its first add-ons, the key of its secrets, and its logs."""
    name, settings, parent = context.name, context.settings, context.parent
    # A customer managed key for secrets: https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html
    key = aws.kms.Key(
        "secrets",
        description=f"Secrets of the EKS cluster {name}",
        enable_key_rotation=True,
        deletion_window_in_days=_RECOVERY_DAYS,
        opts=within(parent, protect=settings.deletion_protection),
    )
    aws.kms.Alias("secrets", name=f"alias/eks/{name}", target_key_id=key.key_id, opts=within(parent))
    # Before EKS creates a log group of that name itself, which would be kept for ever.
    logs = aws.cloudwatch.LogGroup(
        "control-plane",
        name=f"/aws/eks/{name}/cluster",
        retention_in_days=settings.log_retention_days,
        opts=within(parent),
    )
    role, attachments = declare_role(
        "control-plane",
        trusted=trust("eks.amazonaws.com", tagged=True),
        description=f"Control plane of the EKS cluster {name}",
        policies={"cluster": settings.managed_policy("AmazonEKSClusterPolicy")},
        parent=parent,
    )
    rights = aws.iam.RolePolicy(
        "control-plane",
        role=role.name,
        policy=key.arn.apply(
            lambda arn: policy_document(
                {"Effect": "Allow", "Action": _KEY_RIGHTS, "Resource": arn},
                # The last lines of a cluster that is deleted must not recreate its log group:
                # https://github.com/terraform-aws-modules/terraform-aws-eks/issues/920
                {"Effect": "Deny", "Action": ["logs:CreateLogGroup"], "Resource": "*"},
            )
        ),
        opts=within(parent),
    )
    return eks.Cluster(
        CONTROL_PLANE,
        name=name,
        version=settings.version,
        service_role=role,
        vpc_id=network.vpc.id,
        subnet_ids=[subnet.id for subnet in network.control_plane],
        endpoint_private_access=True,
        endpoint_public_access=bool(settings.public_access_cidrs),
        public_access_cidrs=list(settings.public_access_cidrs) or None,
        authentication_mode=eks.AuthenticationMode.API,
        access_entries=access_entries(settings, team_namespaces),
        provider_credential_opts=eks.KubeconfigOptionsArgs(
            role_arn=settings.role_arn, profile_name=settings.profile
        ),
        encryption_config_key_arn=key.arn,
        enabled_cluster_log_types=list(_LOG_TYPES),
        bootstrap_self_managed_addons=False,
        vpc_cni_options=eks.VpcCniOptionsArgs(
            addon_version=settings.addon_version("vpc-cni"), enable_network_policy=True
        ),
        kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(version=settings.addon_version("kube-proxy")),
        skip_default_node_group=True,
        skip_default_security_groups=True,
        upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type=settings.upgrade_policy),
        deletion_protection=settings.deletion_protection,
        cluster_tags={"Name": name},
        opts=pulumi.ResourceOptions(
            parent=parent,
            # Without its rights EKS could not delete what it created, such as its network interfaces.
            depends_on=[*attachments, rights, logs],
            transforms=[_what_it_has_no_argument_for(settings, parent)],
        ),
    )


def _what_it_has_no_argument_for(settings: EksSettings, before: pulumi.Resource) -> pulumi.ResourceTransform:
    """Change what pulumi-eks declares; `before` is the parent of what earlier versions of this program declared."""

    def change(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        props, opts, was = args.props, args.opts, args.name.removeprefix(f"{CONTROL_PLANE}-")
        match args.type_:
            case "aws:eks/cluster:Cluster":
                # The deployer has an entry of its own, beside which EKS refuses the hidden one.
                access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
                props = {**props, "accessConfig": access}
                opts.protect, was = settings.deletion_protection, CONTROL_PLANE
            case "aws:eks/accessEntry:AccessEntry":
                opts.delete_before_replace = True
            case "aws:eks/accessPolicyAssociation:AccessPolicyAssociation":
                # A changed scope replaces it. Were the new one created first, the deletion of the old one would take
                # the policy away from the principal.
                opts.delete_before_replace, was = True, "/".join(was.rsplit("-", 1))
            case "pulumi:providers:kubernetes":
                # One plugin for all, rather than the one that pulumi-eks was built with.
                opts.version = version("pulumi-kubernetes")
                return pulumi.ResourceTransformResult(props, opts)
            case other if not other.startswith("aws:"):
                return None
        opts.aliases = [pulumi.Alias(name=was, parent=before)]
        return pulumi.ResourceTransformResult(props, opts)

    return change
