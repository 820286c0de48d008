"""The settings of an EKS cluster, checked before anything is planned."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from infrastructure.eks.access_settings import AccessSettings, WorkloadIdentity
from infrastructure.eks.node_settings import NodeGroupSettings
from infrastructure.eks.rules import contradictions
from infrastructure.eks.types import (
    AccountId,
    AddonVersion,
    CertificateArn,
    ClusterName,
    KubernetesVersion,
    Region,
    RoleArn,
    SourceNetwork,
    TagKey,
    TagValue,
    Url,
    VpcNetwork,
    Zone,
    counted,
)
from infrastructure.eks.versions import ADDONS, AddonName
from shared.settings.source import Settings
from shared.settings.types import LabelName

_REGISTRY = ("ecr.api", "ecr.dkr")
"""The two services of ECR: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"""

_RETENTIONS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


def _retention(days: int) -> int:
    if days not in _RETENTIONS:
        raise ValueError(f"must be one of {', '.join(map(str, _RETENTIONS))}")
    return days


def _pinned(version: str) -> str:
    if version not in ADDONS:
        raise ValueError(f"must be one for which add-ons are pinned: {', '.join(ADDONS)}")
    return version


def _of_the_provider(endpoints: dict[str, str]) -> dict[str, str]:
    if endpoints:
        from infrastructure.eks.aws import unknown_services  # noqa: PLC0415 - loads the AWS SDK

        if unknown := unknown_services(endpoints):
            raise ValueError(f"names services that the AWS provider does not know: {', '.join(unknown)}")
    return endpoints


class LoadBalancerSettings(Settings):
    """The load balancer that an Ingress gets.

    Args:
        scheme: whether it has an address of the internet.
        certificate_arns: the certificates that it serves; without one it speaks HTTP alone.
        inbound_cidrs: from where it takes requests; from everywhere where empty.
    """

    scheme: Literal["internal", "internet-facing"] = "internal"
    certificate_arns: tuple[CertificateArn, ...] = ()
    inbound_cidrs: tuple[SourceNetwork, ...] = ()


class EksSettings(Settings):
    """Everything that a settings file may say of an EKS cluster.

    Args:
        account_id: the AWS account, and the only one that this stack ever touches.
        region: the AWS region.
        owner: who answers for it; a tag of every resource.
        cost_center: where its costs are booked; a tag of every resource.
        version: the Kubernetes version.
        production: whether the rules for production hold.
        profile: the AWS profile to use.
        role_arn: the role to assume, by the profile's credential or the one that the environment gives.
        endpoints: where AWS services answer, by the provider's names for them.
        name: the cluster's name; platform-<stack> where it is not set.
        upgrade_policy: what happens at the end of standard support: EXTENDED costs more, STANDARD upgrades by itself.
        deletion_protection: whether cluster, network and key are kept from deletion.
        public_access_cidrs: from where the API server is reached over the internet; from nowhere where empty.
        log_retention_days: how long the logs of control plane and network are kept.
        cidr: the VPC's network.
        zones: its availability zones; a, b and c of the region where it names none.
        nat_gateways: one for each zone, or one for all, which is cheaper and falls with its zone.
        interface_endpoints: AWS services with an endpoint in the VPC, besides ECR's two.
        node_groups: the node groups, by name.
        addon_versions: add-ons in another version than the pinned one.
        access: who reaches the API server.
        workload_identities: what pods may do in AWS, by a name of your choice.
        load_balancer: the load balancer that an Ingress gets.
        oidc_provider: whether IAM trusts the cluster's OIDC issuer, for what cannot use Pod Identity yet.
        tags: further tags of every resource.
    """

    account_id: AccountId
    region: Region
    owner: Annotated[TagValue, Field(examples=["platform-team"])]
    cost_center: TagValue
    version: Annotated[KubernetesVersion, AfterValidator(_pinned)]
    production: bool = True
    profile: str | None = Field(default=None, min_length=1, examples=["platform"])
    role_arn: RoleArn | None = None
    endpoints: Annotated[dict[str, Url], AfterValidator(_of_the_provider)] = Field(
        default_factory=dict, examples=[{"eks": "http://localhost:4566"}]
    )
    name: ClusterName | None = None
    upgrade_policy: Literal["STANDARD", "EXTENDED"] = "STANDARD"
    deletion_protection: bool = True
    public_access_cidrs: tuple[SourceNetwork, ...] = ()
    log_retention_days: Annotated[int, AfterValidator(_retention)] = 90
    cidr: VpcNetwork = "10.0.0.0/16"
    zones: tuple[Zone, ...] = ()
    nat_gateways: Literal["per-zone", "one"] = "per-zone"
    interface_endpoints: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$", examples=["sts"])], ...] = ()
    node_groups: Annotated[dict[LabelName, NodeGroupSettings], counted(1)] = Field(
        default_factory=lambda: {"general": NodeGroupSettings()}
    )
    addon_versions: dict[AddonName, AddonVersion] = Field(default_factory=dict)
    access: AccessSettings = AccessSettings()
    workload_identities: dict[LabelName, WorkloadIdentity] = Field(default_factory=dict)
    load_balancer: LoadBalancerSettings = LoadBalancerSettings()
    oidc_provider: bool = False
    tags: dict[TagKey, TagValue] = Field(default_factory=dict)

    def cluster_name(self, stack: str) -> str:
        """The cluster's name.

        Args:
            stack: the stack's name, from which it is made where no setting names it.
        """
        return self.name or f"platform-{stack}".replace(".", "-")

    @property
    def availability_zones(self) -> tuple[str, ...]:
        """The zones that the network spans."""
        return self.zones or tuple(f"{self.region}{letter}" for letter in "abc")

    @property
    def interface_services(self) -> tuple[str, ...]:
        """The AWS services that have an interface endpoint in the VPC."""
        return tuple(dict.fromkeys((*_REGISTRY, *self.interface_endpoints)))

    @property
    def admins(self) -> tuple[str, ...]:
        """Who administers the cluster: the role that deploys it, and those that the settings name."""
        return (*((self.role_arn,) if self.role_arn else ()), *self.access.admins)

    def _contradictions(self) -> list[str]:
        return contradictions(self)
