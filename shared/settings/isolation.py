"""The settings of a namespace's isolation: what it may use, whom it may talk to, who may act in it."""

import ipaddress
import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.settings.source import Settings
from shared.settings.types import LabelName, LabelValue, Quantity, quantity_value


class Profile(StrEnum):
    """A size, from which every figure that settings do not name is taken."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class GovernedBy(StrEnum):
    """Who declares a namespace's isolation: whoever owns it, or the application in it."""

    OWNER = "owner"
    APPLICATION = "application"


class QuotaSettings(Settings):
    """What all pods and objects of a namespace may use together.

    Args:
        requests_cpu: the CPU that all pods request together, in cores.
        requests_memory: the memory that all pods request together, in bytes.
        limits_cpu: the most CPU that all pods may get together, in cores.
        limits_memory: the most memory that all pods may get together, in bytes.
        requests_storage: the size of all volumes that are claimed, in bytes.
        pods: how many pods.
        services: how many Services.
        load_balancers: how many Services of type LoadBalancer; each of their ports takes a node port too, unless the
            Service has `allocateLoadBalancerNodePorts: false`.
        node_ports: how many ports that are open on every node.
        persistent_volume_claims: how many claims of volumes.
        config_maps: how many ConfigMaps.
        secrets: how many Secrets.

    Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """

    requests_cpu: Quantity | None = Field(default=None, examples=["8"])
    requests_memory: Quantity | None = Field(default=None, examples=["16Gi"])
    limits_cpu: Quantity | None = Field(default=None, examples=["32"])
    limits_memory: Quantity | None = Field(default=None, examples=["32Gi"])
    requests_storage: Quantity | None = Field(default=None, examples=["100Gi"])
    pods: int | None = Field(default=None, ge=1)
    services: int | None = Field(default=None, ge=0)
    load_balancers: int | None = Field(default=None, ge=0)
    node_ports: int | None = Field(default=None, ge=0)
    persistent_volume_claims: int | None = Field(default=None, ge=0)
    config_maps: int | None = Field(default=None, ge=0)
    secrets: int | None = Field(default=None, ge=0)


ORDERED_LIMITS = (
    ("default_cpu_request", "default_cpu"),
    ("default_memory_request", "default_memory"),
    ("default_cpu", "max_cpu"),
    ("default_memory", "max_memory"),
)
"""The figures of a limit range, each with the one that it must not be above."""


class LimitSettings(Settings):
    """What one container may use, and what it gets where it says nothing.

    Args:
        defaults: whether a container that says nothing gets the figures below; without, it is refused.
        default_cpu: the most CPU of a container that says nothing, in cores.
        default_memory: the most memory of a container that says nothing, in bytes.
        default_cpu_request: the CPU that it requests, in cores.
        default_memory_request: the memory that it requests, in bytes.
        max_cpu: the most CPU that a container may ask for, in cores.
        max_memory: the most memory that a container may ask for, in bytes.

    Source: https://kubernetes.io/docs/concepts/policy/limit-range/
    """

    defaults: bool | None = None
    default_cpu: Quantity | None = Field(default=None, examples=["500m"])
    default_memory: Quantity | None = Field(default=None, examples=["512Mi"])
    default_cpu_request: Quantity | None = Field(default=None, examples=["100m"])
    default_memory_request: Quantity | None = Field(default=None, examples=["128Mi"])
    max_cpu: Quantity | None = Field(default=None, examples=["4"])
    max_memory: Quantity | None = Field(default=None, examples=["8Gi"])

    def _contradictions(self) -> list[str]:
        figures = [(low, getattr(self, low), high, getattr(self, high)) for low, high in ORDERED_LIMITS]
        return [
            f"{low} ({less}) must not be more than {high} ({more})"
            for low, less, high, more in figures
            if less and more and quantity_value(less) > quantity_value(more)
        ]


_PORT = re.compile(r"([0-9]{1,5})(-([0-9]{1,5}))?(/(TCP|UDP|SCTP))?")
_LAST_PORT = 65535


def _port(value: int | str) -> str:
    match = _PORT.fullmatch(str(value))
    first, last = (int(match[1]), int(match[3] or match[1])) if match else (0, 0)
    if not match or not 1 <= first <= last <= _LAST_PORT:
        raise ValueError("must be a port such as 5432, 53/UDP or 8000-8100/TCP")
    return str(value)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError(f"must be a network such as 10.0.0.0/8 ({error})") from None


Port = Annotated[int | str, AfterValidator(_port), Field(examples=[5432])]
"""A port or a range of ports, with its protocol where that is not TCP."""

Network = Annotated[str, AfterValidator(_network), Field(examples=["10.0.0.0/8"])]
"""A network in CIDR notation, without host bits."""


class Peer(Settings):
    """The other end of a connection.

    Args:
        namespace: all pods of the namespace of that name; this or cidr.
        cidr: the addresses of that network.
        excluding: networks within it whose addresses are none of it.
        ports: the ports that are connected to; all where empty.
    """

    namespace: LabelName | None = None
    cidr: Network | None = None
    excluding: tuple[Network, ...] = ()
    ports: tuple[Port, ...] = ()

    def _contradictions(self) -> list[str]:
        wrong: list[str] = []
        if (self.namespace is None) == (self.cidr is None):
            wrong.append("must have either namespace or cidr")
        if self.excluding and self.cidr is None:
            wrong.append("excluding goes with cidr")
        for inner in self.excluding if self.cidr else ():
            inside, outside = ipaddress.ip_network(inner), ipaddress.ip_network(str(self.cidr))
            if inside.version != outside.version or not inside.subnet_of(outside):  # type: ignore[arg-type]
                wrong.append(f"excluding has {inner}, which is not within cidr ({self.cidr})")
        return wrong


class NetworkSettings(Settings):
    """Which connections a namespace's pods may have, besides DNS and those among themselves.

    Args:
        ingress_controllers: where requests from outside come from.
        allow_from: who else may connect to its pods.
        allow_to: whom else its pods may connect to.
    """

    ingress_controllers: tuple[Peer, ...] | None = None
    allow_from: tuple[Peer, ...] = ()
    allow_to: tuple[Peer, ...] = ()


def _group(name: str) -> str:
    if name.startswith("system:"):
        raise ValueError("must not begin with system:, which is the cluster's own")
    return name


Group = Annotated[
    str, Field(min_length=1, max_length=253, examples=["backend-developers"]), AfterValidator(_group)
]
"""A group as the cluster's authentication names it."""


class AccessSettings(Settings):
    """Which groups act in a namespace, besides those of its team.

    Args:
        deploy_groups: groups that may deploy into it.
        read_groups: groups that may look at what is in it, secrets excepted.
    """

    deploy_groups: tuple[Group, ...] = ()
    read_groups: tuple[Group, ...] = ()


Level = Literal["privileged", "baseline", "restricted"]
"""Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/"""

_VERSION = r"^(latest|v1\.[0-9]{1,3})$"


class PodSecuritySettings(Settings):
    """The Pod Security Standard that pods are held to, and of which Kubernetes version.

    Args:
        enforce: the level without which a pod is refused.
        audit: the level below which a pod is noted in the audit log.
        warn: the level below which whoever makes a pod is warned.
        version: the Kubernetes version whose standard it is.
    """

    enforce: Level | None = None
    audit: Level | None = None
    warn: Level | None = None
    version: str | None = Field(default=None, pattern=_VERSION, examples=["v1.36"])


class IsolationOverrides(Settings):
    """What a namespace has other than its profile, section by section.

    Args:
        quota: what all of it may use together.
        limits: what one container may use.
        network: which connections its pods may have.
        access: which groups act in it.
        pod_security: the standard that its pods are held to.
    """

    quota: QuotaSettings = QuotaSettings()
    limits: LimitSettings = LimitSettings()
    network: NetworkSettings = NetworkSettings()
    access: AccessSettings = AccessSettings()
    pod_security: PodSecuritySettings = PodSecuritySettings()


class IsolationSettings(Settings):
    """What a stack's settings say of the isolation of one namespace.

    Args:
        profile: its size; the organization's, or medium, where it says nothing.
        team: the team that it belongs to.
        cost_center: where its costs are booked.
        isolation: what it has other than its profile.
        governed_by: who declares its isolation.
    """

    profile: Profile | None = None
    team: LabelName | None = None
    cost_center: LabelValue | None = None
    isolation: IsolationOverrides = IsolationOverrides()
    governed_by: GovernedBy = GovernedBy.OWNER


class OrganizationSettings(Settings):
    """What stands once for all namespaces of a cluster, whoever owns them.

    Args:
        profile: the size of a namespace that names none.
        cost_center: where the costs of a namespace that names none are booked.
        isolation: what every namespace has where its own settings say nothing.
        enforced: the sections that a namespace's own settings may tighten and not loosen.
        required_labels: labels without which nobody owns a namespace.
    """

    profile: Profile = Profile.MEDIUM
    cost_center: LabelValue | None = None
    isolation: IsolationOverrides = IsolationOverrides()
    enforced: tuple[Literal["profile", "quota", "limits", "network", "access", "pod_security"], ...] = ()
    required_labels: tuple[Literal["team", "cost_center"], ...] = ()
