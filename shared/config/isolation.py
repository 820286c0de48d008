"""The settings of a namespace's isolation: its quota, its limits, its connections, who may act in it."""

import ipaddress
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field

from shared.config.model import Settings
from shared.config.types import (
    TEXTS,
    DomainName,
    IngressHost,
    LabelKey,
    LabelName,
    LabelValue,
    OwnerName,
    PreviousOwnerName,
    Quantity,
    Reason,
    quantity_value,
)


class Profile(StrEnum):
    """A size, from which every figure that settings do not name is taken."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class GovernedBy(StrEnum):
    """Who manages a namespace's isolation: its owner, or the application in it."""

    OWNER = "owner"
    APPLICATION = "application"


class QuotaSettings(Settings):
    """What all pods and objects of a namespace may use together.

    Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """

    requests_cpu: Quantity | None = Field(default=None, examples=["8"])
    """The CPU that all pods request together, in cores."""
    requests_memory: Quantity | None = Field(default=None, examples=["16Gi"])
    """The memory that all pods request together, in bytes."""
    limits_cpu: Quantity | None = Field(default=None, examples=["32"])
    """The sum of all pods' CPU limits, in cores."""
    limits_memory: Quantity | None = Field(default=None, examples=["32Gi"])
    """The sum of all pods' memory limits, in bytes."""
    requests_storage: Quantity | None = Field(default=None, examples=["100Gi"])
    """The size of all claimed volumes, in bytes."""
    pods: int | None = Field(default=None, ge=1)
    """How many pods."""
    services: int | None = Field(default=None, ge=0)
    """How many Services."""
    load_balancers: int | None = Field(default=None, ge=0)
    """How many Services of type LoadBalancer. Each of their ports takes a node port too, unless the Service has
    `allocateLoadBalancerNodePorts: false`."""
    node_ports: int | None = Field(default=None, ge=0)
    """How many ports that are open on every node."""
    persistent_volume_claims: int | None = Field(default=None, ge=0)
    """How many claims of volumes."""
    config_maps: int | None = Field(default=None, ge=0)
    """How many ConfigMaps."""
    secrets: int | None = Field(default=None, ge=0)
    """How many Secrets."""
    objects: int | None = Field(default=None, ge=1)
    """How many Deployments, and as many of each other kind without a figure of its own. Five times as many Jobs, and
    pods with those that have ended; twelve times as many ReplicaSets and ControllerRevisions, their history."""


ORDERED_LIMITS = (
    ("default_cpu_request", "default_cpu"),
    ("default_memory_request", "default_memory"),
    ("default_cpu", "max_cpu"),
    ("default_memory", "max_memory"),
)
"""The figures of a limit range, each with the one that it must not exceed."""


class LimitSettings(Settings):
    """What one container may use, and what it gets without requests or limits of its own.

    Source: https://kubernetes.io/docs/concepts/policy/limit-range/
    """

    defaults: bool | None = None
    """Whether a container without requests or limits gets the defaults below; it is refused otherwise."""
    default_cpu: Quantity | None = Field(default=None, examples=["500m"])
    """The default CPU limit, in cores."""
    default_memory: Quantity | None = Field(default=None, examples=["512Mi"])
    """The default memory limit, in bytes."""
    default_cpu_request: Quantity | None = Field(default=None, examples=["100m"])
    """The default CPU request, in cores."""
    default_memory_request: Quantity | None = Field(default=None, examples=["128Mi"])
    """The default memory request, in bytes."""
    max_cpu: Quantity | None = Field(default=None, examples=["4"])
    """The highest CPU limit of a container, in cores."""
    max_memory: Quantity | None = Field(default=None, examples=["8Gi"])
    """The highest memory limit of a container, in bytes."""

    def contradictions(self) -> Iterator[str]:
        """Figures that are not in order."""
        yield from disorder(self, *ORDERED_LIMITS)


def disorder(settings: Settings, *ordered: tuple[str, str]) -> Iterator[str]:
    """Say of which two settings the first is more than the second, and must not be."""
    figures = settings.model_dump(exclude_none=True)
    for low, high in ordered:
        if not {low, high} <= figures.keys():
            continue
        if quantity_value(str(figures[low])) > quantity_value(str(figures[high])):
            yield f"{low} ({figures[low]}) must not be more than {high} ({figures[high]})"


_PORT = re.compile(r"([0-9]{1,5})(-([0-9]{1,5}))?(/(TCP|UDP|SCTP))?")
_LAST_PORT = 65535
_PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?")
"""RFC 6335, as Kubernetes takes it for the name of a container's port."""


def _port(value: int | str) -> str:
    if _PORT_NAME.fullmatch(str(value)):
        return str(value)
    match = _PORT.fullmatch(str(value))
    first, last = (int(match[1]), int(match[3] or match[1])) if match else (0, 0)
    if not match or not 1 <= first <= last <= _LAST_PORT:
        raise ValueError(
            "must be a port such as 5432, 53/UDP, 8000-8100/TCP or the name of one, such as http"
        )
    return str(value)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError(f"must be a network such as 10.0.0.0/8 ({error})") from None


Port = Annotated[int | str, AfterValidator(_port)]
"""A port or a range of ports, with its protocol where that is not TCP."""

Network = Annotated[str, AfterValidator(_network)]
"""A network in CIDR notation, without host bits."""


class Peer(Settings):
    """The other end of a connection."""

    namespace: LabelName | None = None
    """All pods of the namespace of that name; this or `cidr`."""
    cidr: Network | None = None
    """The addresses of that network."""
    excluding: tuple[Network, ...] = ()
    """Networks within `cidr` that are left out."""
    ports: tuple[Port, ...] = ()
    """The ports that are connected to; all where empty."""

    def contradictions(self) -> Iterator[str]:
        """Not one end, but none or two of them, or networks left out of something else."""
        if (self.namespace is None) == (self.cidr is None):
            yield "must have either namespace or cidr"
        if self.excluding and self.cidr is None:
            yield "excluding goes with cidr"
        for inner in self.excluding if self.cidr else ():
            inside, outside = ipaddress.ip_network(inner), ipaddress.ip_network(str(self.cidr))
            if inside.version != outside.version or not inside.subnet_of(outside):  # type: ignore[arg-type]
                yield f"excluding has {inner}, which is not within cidr ({self.cidr})"


class NetworkSettings(Settings):
    """Which connections a namespace's pods may have, apart from DNS and those among themselves."""

    ingress_controllers: tuple[Peer, ...] | None = None
    """Where requests from outside come from."""
    allow_from: tuple[Peer, ...] = ()
    """Who else may connect to its pods."""
    allow_to: tuple[Peer, ...] = ()
    """Whom else its pods may connect to."""
    hosts: tuple[IngressHost, ...] = ()
    """The hosts that its Ingresses may have besides those below its own domain, `<namespace>.<ingress_domain>`."""


Group = Annotated[str, *TEXTS["Group"]]
"""A group as the cluster's authentication names it."""


class AccessSettings(Settings):
    """Which groups act in a namespace, in addition to its team's."""

    deploy_groups: tuple[Group, ...] = ()
    """Groups that may deploy into it."""
    read_groups: tuple[Group, ...] = ()
    """Groups that may read what is in it, except secrets."""


Level = Literal["privileged", "baseline", "restricted"]
"""Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/"""


class PodSecuritySettings(Settings):
    """The Pod Security Standard that pods have to meet, and of which Kubernetes version."""

    enforce: Level | None = None
    """The level below which a pod is refused."""
    audit: Level | None = None
    """The level below which a pod is recorded in the audit log."""
    warn: Level | None = None
    """The level below which the creator of a pod is warned."""
    version: str | None = Field(default=None, pattern=r"^(latest|v1\.[0-9]{1,3})$", examples=["v1.36"])
    """The Kubernetes version whose standard it is."""


class IsolationOverrides(Settings):
    """Where a namespace differs from its profile, section by section."""

    quota: QuotaSettings = QuotaSettings()
    """What all of it may use together."""
    limits: LimitSettings = LimitSettings()
    """What one container may use."""
    network: NetworkSettings = NetworkSettings()
    """Which connections its pods may have."""
    access: AccessSettings = AccessSettings()
    """Which groups act in it."""
    pod_security: PodSecuritySettings = PodSecuritySettings()
    """The standard that its pods have to meet."""


class IsolationSettings(Settings):
    """The isolation of one namespace, as a stack's settings have it."""

    profile: Profile | None = None
    """The namespace's size; the organization's where it is not set."""
    team: LabelName | None = None
    """The team that the namespace belongs to; `namespace_pattern: team-environment` needs it."""
    cost_center: LabelValue | None = None
    """Where the namespace's costs are booked; the organization's where it is not set."""
    isolation: IsolationOverrides = IsolationOverrides()
    """Where the namespace differs from its profile."""
    governed_by: GovernedBy = GovernedBy.OWNER
    """Who manages the namespace's isolation: its owner, or the application in it."""


class PlatformNamespace(IsolationSettings):
    """A namespace that the infrastructure stack owns."""

    tenants: tuple[OwnerName, ...] = ()
    """The stacks that may use it, as `<project>.<stack>`; any where empty."""
    adopt_namespace_from: PreviousOwnerName | None = Field(
        default=None, validation_alias=AliasChoices("adopt_namespace_from", "adopt_from")
    )
    """The owner to adopt it from, as `<project>.<stack>`, or `unowned`. `adopt_from` is the setting's old name."""
    protect_namespace: bool = False
    """Whether the stack refuses to release it."""


PriorityClassName = Annotated[str, *TEXTS["PriorityClassName"]]
"""A class of pods that may evict those of lower ones, or be evicted by those of higher ones."""

AnnotationName = Annotated[str, *TEXTS["AnnotationName"]]
"""An annotation's name."""


class OrganizationSettings(Settings):
    """The isolation of all namespaces of a cluster."""

    profile: Profile = Profile.MEDIUM
    """The size of a namespace without a profile."""
    cost_center: LabelValue | None = None
    """Where the costs of a namespace without a cost center are booked."""
    isolation: IsolationOverrides = IsolationOverrides()
    """What every namespace has unless its own settings differ."""
    enforced: tuple[Literal["profile", "quota", "limits", "network", "access", "pod_security"], ...] = ()
    """The sections that a namespace's own settings may tighten, but not loosen."""
    required_labels: tuple[Literal["team", "cost_center"], ...] = ()
    """Labels that every owned namespace has to have."""
    priority_classes: dict[PriorityClassName, Reason] = Field(default_factory=dict)
    """The PriorityClasses that pods of owned namespaces may have, besides the cluster's default one, and why: a pod
    of a higher class evicts those of others. Where none is named, pods have no class."""
    annotations: dict[AnnotationName, Reason] = Field(default_factory=dict)
    """The annotations that Ingresses and Services of owned namespaces may have besides the platform's own, and why:
    many a controller takes orders by them that concern others' hosts, load balancers or its own configuration."""
    tolerations: dict[LabelKey, Reason] = Field(default_factory=dict)
    """The keys of the taints that pods of owned namespaces may tolerate besides Kubernetes' own, and why: a taint
    keeps nodes for others."""
    external_names: dict[DomainName, Reason] = Field(default_factory=dict)
    """The hosts that Services of owned namespaces may stand for (type ExternalName), and why: an ingress controller
    follows them wherever they lead."""
