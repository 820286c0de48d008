"""What a workload comes to use, as quotas count it: its containers together, times its pods."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from fractions import Fraction

from shared.settings.types import quantity_value

RESOURCES = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
"""What a container asks for, as quotas name it."""

_NOTHING = Fraction(0)


class Runs(Enum):
    """When a container of a pod runs."""

    MAIN = auto()
    """Once all that begin before it did."""
    BESIDE = auto()
    """From before the main ones until their end."""
    BEFORE = auto()
    """To its end before the main ones begin."""


@dataclass(frozen=True)
class Container:
    """What one container asks for.

    Args:
        asks: by resource, cores or bytes; nothing for those of which it says nothing.
        runs: when it runs.
    """

    asks: Mapping[str, Fraction]
    runs: Runs = Runs.MAIN


@dataclass(frozen=True)
class Demand:
    """What one workload comes to use at its largest, while it is being rolled out.

    Args:
        name: a Deployment's name; any other workload's as `<kind>/<name>`.
        pods: how many pods.
        containers: those of each pod; the ones that begin before the main ones in their order.
    """

    name: str
    pods: int
    containers: tuple[Container, ...]

    @property
    def silent(self) -> tuple[str, ...]:
        """The resources of which a container of it says nothing."""
        return tuple(name for name in RESOURCES if any(name not in one.asks for one in self.containers))

    def of(self, resource: str) -> Fraction:
        """How much of a resource it takes: pods for `pods`, otherwise cores or bytes."""
        return Fraction(self.pods) if resource == "pods" else self.pods * self.of_pod(resource)

    def of_pod(self, resource: str) -> Fraction:
        """How much one pod counts for, in cores or bytes: more where it needs more while it starts.

        Source: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
        """
        main = beside = starting = _NOTHING
        for one in self.containers:
            asked = one.asks.get(resource, _NOTHING)
            match one.runs:
                case Runs.MAIN:
                    main += asked
                case Runs.BESIDE:
                    beside += asked
                case Runs.BEFORE:
                    starting = max(starting, beside + asked)
        return max(starting, beside + main)

    def largest(self, resource: str) -> Fraction:
        """How much its largest container asks for, in cores or bytes."""
        return max((one.asks.get(resource, _NOTHING) for one in self.containers), default=_NOTHING)

    def with_defaults(self, defaults: Mapping[str, str]) -> "Demand":
        """The same as its pods are once a limit range has filled in what containers leave out.

        Args:
            defaults: what the limit range gives, by resource.
        """
        given = {resource: quantity_value(amount) for resource, amount in defaults.items()}
        return replace(
            self, containers=tuple(replace(one, asks={**given, **one.asks}) for one in self.containers)
        )
