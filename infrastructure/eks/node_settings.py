"""The settings of a node group: what its nodes are, how many, and what may run on them."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from infrastructure.eks.types import InstanceType, KubernetesVersion, counted
from shared.settings.source import Settings
from shared.settings.types import LabelValue, matching

_RESERVED = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
"""Label domains that nodes may not set themselves:
https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction"""

_REPELLING = ("NO_SCHEDULE", "NO_EXECUTE")

Architecture = Literal["x86_64", "arm64"]


def _unreserved(key: str) -> str:
    domain = key.rpartition("/")[0]
    if any(domain == name or domain.endswith(f".{name}") for name in _RESERVED):
        raise ValueError(f"must not be of the domain {domain}, which is reserved")
    return key


LabelKey = Annotated[
    str,
    matching(
        r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "a label's key such as workload or example.com/workload",
        longest=317,
    ),
    AfterValidator(_unreserved),
    Field(examples=["workload"]),
]
"""A node label's key."""


class Taint(Settings):
    """What keeps pods away that do not tolerate it."""

    key: LabelKey
    value: LabelValue | None = None
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]


def _architecture_of(instance_type: str) -> Architecture:
    """Graviton families have a g after their generation; a1 was the first of them."""
    family = instance_type.partition(".")[0]
    return "arm64" if family == "a1" or re.fullmatch(r"[a-z]+[0-9]+g[a-z0-9-]*", family) else "x86_64"


class NodeGroupSettings(Settings):
    """A node group.

    Args:
        instance_types: what its nodes may be; of one processor architecture.
        capacity_type: whether EC2 may take them back (SPOT).
        min_size: the fewest nodes.
        max_size: the most nodes.
        desired_size: the nodes to have; the fewest where it is not set.
        autoscaled: whether an autoscaler decides how many there are from then on.
        disk_size: GiB of each node's disk.
        labels: the nodes' labels.
        taints: the nodes' taints.
        version: the nodes' Kubernetes version; the cluster's where it is not set.
        max_unavailable_percentage: the share of nodes that an update may replace at once, in per cent.
    """

    instance_types: Annotated[tuple[InstanceType, ...], counted(1, 20)] = ("m7i.large", "m6i.large")
    capacity_type: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    min_size: int = Field(default=3, ge=0, le=450)
    max_size: int = Field(default=6, ge=1, le=450)
    desired_size: int | None = Field(default=None, ge=0, le=450, examples=[3])
    autoscaled: bool = False
    disk_size: int = Field(default=50, ge=20, le=16384)
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    taints: Annotated[tuple[Taint, ...], counted(0, 50)] = ()
    version: KubernetesVersion | None = None
    max_unavailable_percentage: int = Field(default=33, ge=1, le=100)

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
        return any(taint.effect in _REPELLING for taint in self.taints)

    def _contradictions(self) -> list[str]:
        wrong: list[str] = []
        if self.min_size > self.max_size:
            wrong.append(
                f"min_size ({self.min_size}) must not be more than max_size ({self.max_size}): raise max_size"
            )
        if self.desired_size is not None and not self.min_size <= self.desired_size <= self.max_size:
            wrong.append(
                f"desired_size ({self.desired_size}) must lie between min_size ({self.min_size}) "
                f"and max_size ({self.max_size}): change one of them"
            )
        if len({_architecture_of(name) for name in self.instance_types}) > 1:
            wrong.append(
                "instance_types are of two processor architectures: a node group has one image for all"
            )
        return wrong
