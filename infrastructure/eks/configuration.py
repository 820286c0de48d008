"""The settings of an EKS cluster: what they are, and how they fit together, checked before anything is planned."""

import inspect
import re
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from infrastructure.eks.types import (
    AccountId,
    AddonVersion,
    CertificateArn,
    ClusterName,
    InstanceType,
    KubernetesVersion,
    NodeLabelKey,
    PolicyArn,
    PrincipalArn,
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
from infrastructure.eks.versions import ADDONS, AddonName, minor
from shared.config.isolation import Group
from shared.config.model import Settings
from shared.config.types import LabelName, LabelValue

Architecture = Literal["x86_64", "arm64"]

_INTERNET = "0.0.0.0/0"
_OLDEST_NODES = 3
"""How many minor versions a kubelet may be older than the API server:
https://kubernetes.io/releases/version-skew-policy/#kubelet"""

_OWN_IDENTITIES = frozenset({("kube-system", "aws-node"), ("kube-system", "aws-load-balancer-controller")})

Retention = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


def _known_services(endpoints: dict[str, str]) -> dict[str, str]:
    if endpoints:
        import pulumi_aws as aws  # noqa: PLC0415 - the SDK takes two seconds to load

        known = inspect.signature(aws.ProviderEndpointArgs.__init__).parameters
        if unknown := sorted(set(endpoints) - set(known)):
            raise ValueError(f"names services that the AWS provider does not know: {', '.join(unknown)}")
    return endpoints


def _architecture_of(instance_type: str) -> Architecture:
    """Graviton families have a g after their generation; a1 was the first of them."""
    family = instance_type.partition(".")[0]
    return "arm64" if family == "a1" or re.fullmatch(r"[a-z]+[0-9]+g[a-z0-9-]*", family) else "x86_64"


class Taint(Settings):
    """Keeps pods away that do not tolerate it."""

    key: NodeLabelKey
    """Its key."""
    value: LabelValue | None = None
    """Its value."""
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]
    """What happens to pods that do not tolerate it."""


class NodeGroupSettings(Settings):
    """A node group."""

    instance_types: Annotated[tuple[InstanceType, ...], counted(1, 20)] = ("m7i.large", "m6i.large")
    """The EC2 instance types of its nodes, all of one processor architecture."""
    capacity_type: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    """ON_DEMAND, or SPOT, which EC2 may take back."""
    min_size: int = Field(default=3, ge=0, le=450)
    """The fewest nodes."""
    max_size: int = Field(default=6, ge=1, le=450)
    """The most nodes."""
    desired_size: int | None = Field(default=None, ge=0, le=450, examples=[3])
    """How many nodes to have; min_size where it is not set."""
    autoscaled: bool = False
    """Whether an autoscaler sets the number of nodes after the first deployment."""
    disk_size: int = Field(default=50, ge=20, le=16384)
    """Each node's disk, in GiB."""
    labels: dict[NodeLabelKey, LabelValue] = Field(default_factory=dict)
    """The nodes' labels."""
    taints: Annotated[tuple[Taint, ...], counted(0, 50)] = ()
    """The nodes' taints."""
    version: KubernetesVersion | None = None
    """The nodes' Kubernetes version; the cluster's where it is not set."""
    max_unavailable_percentage: int = Field(default=33, ge=1, le=100)
    """The share of nodes that an update may replace at once, in per cent."""

    @property
    def size(self) -> int:
        """How many nodes to have."""
        return self.min_size if self.desired_size is None else self.desired_size

    @property
    def architecture(self) -> Architecture:
        """The processors' architecture."""
        return _architecture_of(self.instance_types[0])

    @property
    def repels(self) -> bool:
        """Whether pods need a toleration to run here."""
        return any(taint.effect != "PREFER_NO_SCHEDULE" for taint in self.taints)

    def contradictions(self) -> Iterator[str]:
        """Sizes that are not in order, and nodes that have no image in common."""
        if self.min_size > self.max_size:
            yield (
                f"min_size ({self.min_size}) must not be more than max_size ({self.max_size}): raise max_size"
            )
        if self.desired_size is not None and not self.min_size <= self.desired_size <= self.max_size:
            yield (
                f"desired_size ({self.desired_size}) must be between min_size ({self.min_size}) "
                f"and max_size ({self.max_size}): change one of them"
            )
        if len({_architecture_of(name) for name in self.instance_types}) > 1:
            yield (
                "instance_types have two processor architectures: a node group has one image for all of its nodes"
            )


class TeamAccess(Settings):
    """How a team reaches the cluster: by an IAM role or user of its own."""

    principal_arn: PrincipalArn
    """That role or user."""
    groups: tuple[Group, ...] = ()
    """Its Kubernetes groups; the group that deploys for the team where empty."""


class AccessSettings(Settings):
    """Who reaches the API server, in addition to the role that deploys."""

    admins: tuple[PrincipalArn, ...] = ()
    """IAM roles or users that administer the cluster; without role_arn, the one that deploys comes first."""
    teams: dict[LabelName, TeamAccess] = Field(default_factory=dict)
    """The teams, by name."""


class WorkloadIdentity(Settings):
    """What the pods of one service account may do in AWS."""

    namespace: LabelName
    """The pods' namespace."""
    service_account: LabelName
    """The pods' service account."""
    policy_arns: Annotated[tuple[PolicyArn, ...], counted(1)]
    """The managed policies of the role that they get."""


class LoadBalancerSettings(Settings):
    """The load balancer of an Ingress."""

    scheme: Literal["internal", "internet-facing"] = "internal"
    """Internal, or internet-facing."""
    certificate_arns: tuple[CertificateArn, ...] = ()
    """The certificates that it serves; HTTP only where empty."""
    inbound_cidrs: tuple[SourceNetwork, ...] = ()
    """The source networks that it accepts; any where empty."""


class EksSettings(Settings):
    """Everything that a settings file may say about an EKS cluster."""

    account_id: AccountId
    """The AWS account; the stack refuses every other."""
    region: Region
    """The AWS region."""
    owner: Annotated[TagValue, Field(examples=["platform-team"])]
    """Who is responsible for the cluster; a tag of every resource."""
    cost_center: TagValue
    """Where its costs are booked; a tag of every resource."""
    version: KubernetesVersion
    """The Kubernetes version: one for which add-ons are pinned, or any with all of `addon_versions`."""
    production: bool = True
    """Whether the rules for production apply."""
    profile: str | None = Field(default=None, min_length=1, examples=["platform"])
    """The AWS profile to use."""
    role_arn: RoleArn | None = None
    """The role to assume, with the profile's credential or the environment's."""
    endpoints: Annotated[dict[str, Url], AfterValidator(_known_services)] = Field(
        default_factory=dict, examples=[{"eks": "http://localhost:4566"}]
    )
    """Endpoints of AWS services, by the provider's names for them."""
    name: ClusterName | None = None
    """The cluster's name; platform-<stack> where it is not set."""
    upgrade_policy: Literal["STANDARD", "EXTENDED"] = "STANDARD"
    """At the end of standard support STANDARD upgrades automatically, EXTENDED stays and costs more."""
    deletion_protection: bool = True
    """Whether cluster, network and key are protected from deletion."""
    public_access_cidrs: tuple[SourceNetwork, ...] = ()
    """The networks that reach the API server over the internet; none where empty."""
    log_retention_days: Retention = 90
    """For how many days the logs of control plane and network are kept."""
    cidr: VpcNetwork = "10.0.0.0/16"
    """The VPC's network."""
    zones: tuple[Zone, ...] = ()
    """The availability zones of nodes and load balancers; the region's first three where empty. The control plane keeps
    those that the cluster was created with."""
    nat_gateways: Literal["per-zone", "one"] = "per-zone"
    """Per-zone, or one for all zones, which costs less and fails with its zone."""
    interface_endpoints: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$", examples=["sts"])], ...] = ()
    """AWS services with an endpoint in the VPC, in addition to the two of ECR."""
    node_groups: Annotated[dict[LabelName, NodeGroupSettings], counted(1)] = Field(
        default_factory=lambda: {"general": NodeGroupSettings()}
    )
    """The node groups, by name."""
    addon_versions: dict[AddonName, AddonVersion] = Field(default_factory=dict)
    """Versions of add-ons that replace the pinned ones."""
    access: AccessSettings = AccessSettings()
    """Who reaches the API server."""
    workload_identities: dict[LabelName, WorkloadIdentity] = Field(default_factory=dict)
    """What pods may do in AWS, each under a name that you choose."""
    load_balancer: LoadBalancerSettings = LoadBalancerSettings()
    """The load balancer of each Ingress."""
    oidc_provider: bool = False
    """Whether IAM trusts the cluster's OIDC issuer, for software that cannot use Pod Identity."""
    tags: dict[TagKey, TagValue] = Field(default_factory=dict)
    """Further tags of every resource."""

    def cluster_name(self, stack: str) -> str:
        """The cluster's name; it follows from the stack's where no setting names it."""
        return self.name or f"platform-{stack}".replace(".", "-")

    def cluster_arn(self, stack: str) -> str:
        """The cluster's ARN, known before the cluster exists and constant for its life."""
        name = self.cluster_name(stack)
        return f"arn:{self.partition}:eks:{self.region}:{self.account_id}:cluster/{name}"

    @property
    def partition(self) -> str:
        """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def addon_version(self, name: AddonName) -> str:
        """The version of an add-on: the setting's, or the pinned one."""
        return self.addon_versions.get(name) or ADDONS[self.version][name]

    def managed_policy(self, name: str) -> str:
        """The ARN of an IAM policy that AWS manages, such as `AmazonEKSClusterPolicy`."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    @property
    def fewest_zones(self) -> int:
        """How many availability zones the network spans at least."""
        return 3 if self.production else 2

    @property
    def admins(self) -> tuple[str, ...]:
        """Who administers the cluster: the role that deploys it, and those that the settings name."""
        return (*((self.role_arn,) if self.role_arn else ()), *self.access.admins)

    def contradictions(self) -> Iterator[str]:
        """Settings that do not go together, section by section."""
        yield from self._about_access()
        yield from self._about_network()
        yield from self._about_node_groups()
        yield from self._about_identities()
        yield from self._about_versions()

    def _about_access(self) -> Iterator[str]:
        if not self.profile and not self.role_arn:
            yield "profile and role_arn are not set: a stack uses no credential that it was not given"
        if self.role_arn and f"::{self.account_id}:" not in self.role_arn:
            yield (
                f"role_arn is in another account than account_id ({self.account_id}): "
                "name a role of that account"
            )
        if not self.admins:
            yield (
                "access names no admins, and role_arn is not set: the cluster would have no administrator; "
                "name the role or user that deploys it first"
            )
        principals = [*self.admins, *(team.principal_arn for team in self.access.teams.values())]
        for arn in sorted({arn for arn in principals if principals.count(arn) > 1}):
            yield (
                f"access and role_arn have {arn.split(':', 5)[5]} more than once: "
                "an IAM principal has one access entry"
            )

    def _about_network(self) -> Iterator[str]:
        if self.production and _INTERNET in self.public_access_cidrs:
            yield (
                f"public_access_cidrs has {_INTERNET} in production: name the networks that reach the API server"
            )
        for zone in self.zones:
            if zone[:-1] != self.region:
                yield f"zones has {zone}, which is not in region {self.region}: name zones of that region"
        if len(set(self.zones)) < len(self.zones):
            yield "zones names a zone more than once: name each once"
        if self.zones and len(set(self.zones)) < self.fewest_zones:
            whose = "production" if self.production else "EKS"
            yield f"zones has {len(set(self.zones))} of them: {whose} needs {self.fewest_zones} or more"

    def _about_node_groups(self) -> Iterator[str]:
        """The platform's own pods tolerate no taint."""
        homes = [group for group in self.node_groups.values() if not group.repels]
        if not homes:
            yield "node_groups are all tainted: the platform's own pods (DNS, metrics) need one without a taint"
        elif not any(group.size for group in homes):
            yield "node_groups without a taint start with no nodes: the platform's own pods need one"

    def _about_identities(self) -> Iterator[str]:
        """AWS has one association per service account, and the platform's own have theirs."""
        accounts = [(one.namespace, one.service_account) for one in self.workload_identities.values()]
        for namespace, account in sorted({one for one in accounts if accounts.count(one) > 1}):
            yield (
                f"workload_identities has {namespace}/{account} more than once: "
                "a service account has one identity; put its policies into one entry"
            )
        for namespace, account in sorted(set(accounts) & _OWN_IDENTITIES):
            yield f"workload_identities has {namespace}/{account}, whose identity is the platform's own: remove it"

    def _about_versions(self) -> Iterator[str]:
        if self.version not in ADDONS and (
            missing := [n for n in get_args(AddonName) if n not in self.addon_versions]
        ):
            yield (
                f"version {self.version} has no pinned add-ons ({', '.join(ADDONS)} have): choose one of these, "
                f"or name in addon_versions {', '.join(missing)}"
            )
        for name, group in self.node_groups.items():
            behind = minor(self.version) - minor(group.version or self.version)
            at = f"node_groups has {name} at {group.version}, but version is {self.version}"
            if behind < 0:
                yield f"{at}: nodes are never newer than their control plane"
            if behind > _OLDEST_NODES:
                yield f"{at}: nodes are at most {_OLDEST_NODES} versions older"
