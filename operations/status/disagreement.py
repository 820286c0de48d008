"""A disagreement: one sentence of fact, one of remedy, and a kind that scripts can rely on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from operations.status.facts import ClusterFacts
from operations.status.namespaces import NamespaceFacts


@dataclass(frozen=True)
class Disagreement:
    """Something that live object, states and settings do not say alike.

    Args:
        kind: which of the kinds that `operations.status.disagreements` lists.
        fact: what is so.
        remedy: what to do: a setting with its file, or a make command.
        namespace: the namespace; empty for the cluster or a whole stack.
        is_note: whether it is no more than worth knowing: everything may stay as it is.
    """

    kind: str
    fact: str
    remedy: str
    namespace: str = ""
    is_note: bool = False


NamespaceRule = Callable[[NamespaceFacts, ClusterFacts], Iterator[Disagreement]]
ClusterRule = Callable[[ClusterFacts], Iterator[Disagreement]]
