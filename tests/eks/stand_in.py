"""A plugin `eks` for machines that do not have the real one: what pulumi-eks declares for what this stack asks of it.

The real one is Node code: https://github.com/pulumi/pulumi-eks/tree/master/nodejs/eks. Where it is installed, a test
swaps the two, and expects a preview without changes.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks  # noqa: F401 - lets the SDK know a cluster that is given to an add-on
import pulumi_kubernetes as kubernetes
from pulumi.provider import ConstructResult, Provider, main

_ENVIRONMENT = {
    "WARM_ENI_TARGET": "1",
    "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG",
    "AWS_VPC_K8S_CNI_LOG_FILE": "/host/var/log/aws-routed-eni/ipamd.log",
    "AWS_VPC_K8S_CNI_VETHPREFIX": "eni",
    "AWS_VPC_ENI_MTU": "9001",
    "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "DEBUG",
    "AWS_VPC_K8S_PLUGIN_LOG_FILE": "/var/log/aws-routed-eni/plugin.log",
    "ENABLE_POD_ENI": "false",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
    "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
}
"""What the network plugin is told where settings do not say anything else."""

Inputs = Mapping[str, Any]


class Cluster(pulumi.ComponentResource):
    """The control plane, its access entries and its first two add-ons."""

    def __init__(self, name: str, inputs: Inputs, options: pulumi.ResourceOptions) -> None:
        super().__init__("eks:index:Cluster", name, {}, options)
        self._name = name
        cluster = self._cluster(inputs)
        self._addon("kube-proxy", cluster, inputs["kubeProxyAddonOptions"]["version"], within=self)
        credential = inputs["providerCredentialOpts"]
        exported = _kubeconfig(cluster, {**credential, "profileName": None})
        within = pulumi.ResourceOptions(parent=self)
        provider = kubernetes.Provider(
            f"{name}-eks-k8s", kubeconfig=_kubeconfig(cluster, credential), opts=within
        )
        entries = self._entries(cluster, inputs["accessEntries"])
        network = inputs["vpcCniOptions"]
        within = pulumi.ResourceOptions(parent=self, depends_on=entries)
        plugin = pulumi.ComponentResource("eks:index:VpcCniAddon", f"{name}-vpc-cni", {}, within)
        configuration = {
            "enableNetworkPolicy": str(network["enableNetworkPolicy"]).lower(),
            "env": _ENVIRONMENT,
            "init": {"env": {"DISABLE_TCP_EARLY_DEMUX": "false"}},
        }
        self._addon("vpc-cni", cluster, network["addonVersion"], within=plugin, configuration=configuration)
        self.state = {
            "eksCluster": cluster,
            "core": {"cluster": cluster, "provider": provider},
            "kubeconfigJson": exported,
            "clusterSecurityGroupId": cluster.vpc_config.apply(lambda one: one.cluster_security_group_id),
            "oidcProviderUrl": cluster.identities.apply(lambda one: (one[0].oidcs or [])[0].issuer),
        }
        self.register_outputs(self.state)

    def _cluster(self, inputs: Inputs) -> aws.eks.Cluster:
        return aws.eks.Cluster(
            f"{self._name}-eksCluster",
            name=inputs["name"],
            role_arn=pulumi.Output.from_input(inputs["serviceRole"]).apply(lambda role: role.arn),
            bootstrap_self_managed_addons=inputs["bootstrapSelfManagedAddons"],
            vpc_config={
                "subnet_ids": inputs["subnetIds"],
                "endpoint_private_access": inputs["endpointPrivateAccess"],
                "endpoint_public_access": inputs["endpointPublicAccess"],
                "public_access_cidrs": inputs.get("publicAccessCidrs"),
            },
            version=inputs["version"],
            enabled_cluster_log_types=inputs["enabledClusterLogTypes"],
            tags={"Name": f"{self._name}-eksCluster", **inputs["clusterTags"]},
            encryption_config={
                "provider": {"key_arn": inputs["encryptionConfigKeyArn"]},
                "resources": ["secrets"],
            },
            access_config={
                "authentication_mode": inputs["authenticationMode"],
                "bootstrap_cluster_creator_admin_permissions": True,
            },
            upgrade_policy={"support_type": inputs["upgradePolicy"]["supportType"]},
            deletion_protection=inputs["deletionProtection"],
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=[
                    "accessConfig.bootstrapClusterCreatorAdminPermissions",
                    "bootstrapSelfManagedAddons",
                ],
            ),
        )

    def _addon(
        self,
        kind: str,
        cluster: aws.eks.Cluster,
        version: str,
        *,
        within: pulumi.Resource,
        configuration: Any = None,
    ) -> None:
        aws.eks.Addon(
            f"{self._name}-{kind}",
            cluster_name=cluster.name,
            addon_name=kind,
            addon_version=version,
            preserve=True,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            configuration_values=json.dumps(configuration, sort_keys=True, separators=(",", ":"))
            if configuration
            else None,
            opts=pulumi.ResourceOptions(parent=within),
        )

    def _entries(self, cluster: aws.eks.Cluster, wanted: Mapping[str, Inputs]) -> list[aws.eks.AccessEntry]:
        entries = []
        for key, one in wanted.items():
            entry = aws.eks.AccessEntry(
                f"{self._name}-{key}",
                cluster_name=cluster.name,
                principal_arn=one["principalArn"],
                kubernetes_groups=one["kubernetesGroups"],
                type=one["type"],
                opts=pulumi.ResourceOptions(parent=self, depends_on=[cluster]),
            )
            for policy, association in (one.get("accessPolicies") or {}).items():
                aws.eks.AccessPolicyAssociation(
                    f"{self._name}-{key}-{policy}",
                    cluster_name=cluster.name,
                    principal_arn=one["principalArn"],
                    policy_arn=association["policyArn"],
                    access_scope=association["accessScope"],
                    opts=pulumi.ResourceOptions(parent=entry, depends_on=[entry]),
                )
            entries.append(entry)
        return entries


def _kubeconfig(cluster: aws.eks.Cluster, credential: Inputs) -> pulumi.Output[str]:
    def written(known: list[Any]) -> str:
        name, server, authority, arn = known
        arguments = ["--region", arn.split(":")[3], "eks", "get-token", "--cluster-name", name]
        arguments += ["--output", "json"]
        for option, key in (("--role", "roleArn"), ("--profile", "profileName")):
            arguments += [option, credential[key]] if credential.get(key) else []
        version = "client.authentication.k8s.io/v1beta1"
        info = {"name": "KUBERNETES_EXEC_INFO", "value": json.dumps({"apiVersion": version})}
        plugin = {"apiVersion": version, "command": "aws", "args": arguments, "env": [info]}
        entry = {"server": server, "certificate-authority-data": authority}
        document = {
            "apiVersion": "v1",
            "clusters": [{"cluster": entry, "name": "kubernetes"}],
            "contexts": [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}],
            "current-context": "aws",
            "kind": "Config",
            "users": [{"name": "aws", "user": {"exec": plugin}}],
        }
        return json.dumps(document, separators=(",", ":"))

    authority = cluster.certificate_authority.apply(lambda one: one.data)
    return pulumi.Output.all(cluster.name, cluster.endpoint, authority, cluster.arn).apply(written)


class Plugin(Provider):
    """The plugin; its version is the SDK's."""

    def construct(
        self, name: str, resource_type: str, inputs: Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Declare a cluster, or one further add-on."""
        options = options or pulumi.ResourceOptions()
        if resource_type == "eks:index:Cluster":
            cluster = Cluster(name, inputs, options)
            return ConstructResult(cluster.urn, cluster.state)
        given = pulumi.Output.from_input(inputs["cluster"])
        addon = pulumi.ComponentResource("eks:index:Addon", name, {}, options)
        aws.eks.Addon(
            name,
            cluster_name=given.apply(lambda cluster: cluster.eks_cluster.apply(lambda one: one.name)),
            addon_name=inputs["addonName"],
            addon_version=inputs["addonVersion"],
            resolve_conflicts_on_create=inputs["resolveConflictsOnCreate"],
            resolve_conflicts_on_update=inputs["resolveConflictsOnUpdate"],
            opts=pulumi.ResourceOptions(parent=addon),
        )
        return ConstructResult(addon.urn, {})


if __name__ == "__main__":
    main(Plugin("4.4.0"), sys.argv[1:])
