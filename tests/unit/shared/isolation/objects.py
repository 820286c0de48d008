"""The objects of a namespace's isolation, by the kinds and names that others rely on; and isolations to test with."""

from typing import Any

from shared.config.isolation import IsolationSettings, OrganizationSettings
from shared.isolation.resolution import Resolved, resolve
from tests.cluster import ISOLATION
from tests.unit.shared.graph import Declared, Graph

MANAGER = "platform-isolation"


def isolates(item: Declared) -> bool:
    """Whether a declared object belongs to a namespace's isolation."""
    return item.type.startswith("kubernetes:") and (item.kind, item.metadata["name"]) in ISOLATION


def isolation_of(graph: Graph) -> list[Declared]:
    """The objects of isolation in a graph."""
    return [item for item in graph.objects if isolates(item)]


def resolved(**settings: Any) -> Resolved:
    """An isolation by settings of its own and an organization without any."""
    return resolve(IsolationSettings.model_validate(settings), OrganizationSettings())
