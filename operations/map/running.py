"""What runs in a namespace and what it uses, in words and figures that a reader sees at once."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from operations.map.chips import Chip
from operations.status.quotas import QuotaFacts
from operations.status.workloads import WorkloadFacts
from shared.settings.types import quantity_value

Health = Literal["ready", "partly", "down", "idle"]
Level = Literal["fine", "near", "full"]

_NEAR, _FULL = 0.8, 1.0
"""The parts of a quota from which on it is worth a look, and used up."""

_RESOURCES = {
    "requests.cpu": "CPU requests",
    "requests.memory": "memory requests",
    "limits.cpu": "CPU limits",
    "limits.memory": "memory limits",
    "cpu": "CPU requests",
    "memory": "memory requests",
    "requests.storage": "storage",
    "persistentvolumeclaims": "volume claims",
    "services.loadbalancers": "load balancers",
    "services.nodeports": "node ports",
}


_MAIN = ("requests.cpu", "cpu", "requests.memory", "memory", "pods")
_FEW = 4


@dataclass(frozen=True)
class WorkloadShown:
    """A workload.

    Args:
        kind: its kind.
        name: its name.
        health: how it does.
        words: the same in words.
        image: its image's last part.
        problem: what its controller says is wrong.
        stack: whose it is; None where it has no owner label.
    """

    kind: str
    name: str
    health: Health
    words: str
    image: str
    problem: str
    stack: Chip | None


@dataclass(frozen=True)
class QuotaShown:
    """One limited resource.

    Args:
        resource: its name in words.
        words: what is used of what.
        percent: the used part, from 0 to 100; None where the quantities cannot be compared.
        level: how near the limit it is.
    """

    resource: str
    words: str
    percent: int | None
    level: Level


@dataclass(frozen=True)
class QuotasShown:
    """The limited resources of a namespace.

    Args:
        first: those that are nearly used up, then the main ones.
        rest: the others.
    """

    first: tuple[QuotaShown, ...] = ()
    rest: tuple[QuotaShown, ...] = ()

    @property
    def are_tight(self) -> bool:
        """Whether one of them is nearly used up."""
        return any(one.level != "fine" for one in self.first)


def workload_shown(facts: WorkloadFacts, known: Mapping[str, Chip]) -> WorkloadShown:
    """Say how a workload does."""
    health = _health(facts)
    words = "scaled to none" if health == "idle" else f"{facts.ready} of {facts.wanted} ready"
    return WorkloadShown(
        facts.kind,
        facts.name,
        health,
        words,
        facts.image.rsplit("/", 1)[-1].split("@", 1)[0],
        facts.problem if health != "ready" else "",
        known.get(facts.owner),
    )


def quotas_shown(facts: Iterable[QuotaFacts]) -> QuotasShown:
    """Say how much of each quota is used, in the order in which that matters."""
    shown = [(one, quota_shown(one)) for one in facts]
    main = {resource: place for place, resource in enumerate(_MAIN)}
    shown.sort(key=lambda pair: (pair[1].level == "fine", main.get(pair[0].resource, len(main))))
    count = sum(1 for one, words in shown if words.level != "fine" or one.resource in main) or _FEW
    # One alone is not worth opening anything.
    count += len(shown) == count + 1
    quotas = tuple(words for _, words in shown)
    return QuotasShown(quotas[:count], quotas[count:])


def quota_shown(facts: QuotaFacts) -> QuotaShown:
    """Say how much of a quota is used."""
    share = _share(facts)
    level: Level = "fine"
    if share is not None and share >= _NEAR:
        level = "full" if share >= _FULL else "near"
    resource = facts.resource.removeprefix("count/")
    return QuotaShown(
        _RESOURCES.get(resource, resource),
        "none allowed" if share == 0 and facts.hard == "0" else f"{facts.used} of {facts.hard}",
        None if share is None else min(100, round(share * 100)),
        level,
    )


def _health(facts: WorkloadFacts) -> Health:
    if facts.wanted == 0:
        return "idle"
    if facts.ready >= facts.wanted:
        return "ready"
    return "partly" if facts.ready else "down"


def _share(facts: QuotaFacts) -> float | None:
    with contextlib.suppress(ValueError):
        used, hard = quantity_value(facts.used), quantity_value(facts.hard)
        return float(used / hard) if hard else float(used > 0)
    return None
