"""Every disagreement of a cluster: the rules, composed in the order in which a person should read them."""

from collections.abc import Iterable
from dataclasses import dataclass

from operations.status.disagreement import ClusterRule, Disagreement, NamespaceRule
from operations.status.facts import ClusterFacts
from operations.status.namespaces import NamespaceFacts, namespaces_of
from operations.status.rules.claims import (
    asks_for_what_another_owns,
    asks_for_what_nobody_owns,
    foreign,
    not_made_yet,
    owned_without_a_setting,
    stale_adoption,
)
from operations.status.rules.cluster import cluster_replaced, cluster_silent, guard_missing, settings_wrong
from operations.status.rules.deletion import deletion_allowed, deletion_pending
from operations.status.rules.isolation import governor_unknown, isolation_incomplete
from operations.status.rules.labels import owner_label_lost, owner_unknown, owner_without_state
from operations.status.rules.reading import reads_from_one_that_does_not_own_it
from operations.status.rules.states import (
    another_state_holds_it,
    gone_from_the_cluster,
    two_states_hold_it,
    uid_differs,
)
from operations.status.rules.tenants import reader_is_no_tenant, tenant_does_not_read_it

BLINDING: tuple[ClusterRule, ...] = (cluster_silent, cluster_replaced)
"""Where one of these speaks, live namespaces say nothing about the stacks, so no other rule on them is asked."""

CLUSTER_RULES: tuple[ClusterRule, ...] = (guard_missing,)

NAMESPACE_RULES: tuple[NamespaceRule, ...] = (
    deletion_pending,
    deletion_allowed,
    gone_from_the_cluster,
    uid_differs,
    owner_label_lost,
    owner_unknown,
    owner_without_state,
    two_states_hold_it,
    another_state_holds_it,
    asks_for_what_another_owns,
    asks_for_what_nobody_owns,
    reads_from_one_that_does_not_own_it,
    reader_is_no_tenant,
    tenant_does_not_read_it,
    isolation_incomplete,
    governor_unknown,
    owned_without_a_setting,
    stale_adoption,
    not_made_yet,
    foreign,
)


@dataclass(frozen=True)
class ClusterStatus:
    """A cluster, its namespaces, and what disagrees.

    Args:
        cluster: the facts.
        namespaces: those that were asked for.
        disagreements: what disagrees, notes among it, in the order of reading.
    """

    cluster: ClusterFacts
    namespaces: tuple[NamespaceFacts, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing disagrees; notes do not count."""
        return all(found.is_note for found in self.disagreements)


def examine(cluster: ClusterFacts, only: Iterable[str] = ()) -> ClusterStatus:
    """Find every disagreement.

    Args:
        cluster: the facts of the cluster.
        only: the owners of the stacks whose namespaces are asked for; all namespaces where empty.
    """
    owners = frozenset(only)
    namespaces = tuple(
        namespace for namespace in namespaces_of(cluster) if not owners or namespace.concerns(owners)
    )
    stacks = tuple(stack for stack in cluster.stacks if not owners or stack.owner in owners)
    found = [one for rule in BLINDING for one in rule(cluster)]
    if not found:
        found = [one for rule in CLUSTER_RULES for one in rule(cluster)]
        found += [
            one for namespace in namespaces for rule in NAMESPACE_RULES for one in rule(namespace, cluster)
        ]
    found += [one for stack in stacks for one in settings_wrong(stack)]
    return ClusterStatus(cluster, namespaces, tuple(found))
