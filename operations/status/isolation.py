"""What stands of each namespace's isolation, and who governs it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.cluster.api import Json
from shared.isolation.access import DEPLOY, READ
from shared.isolation.network import POLICIES
from shared.isolation.quota import LIMITS, QUOTA
from shared.labels import OWNER

_OBJECTS = {
    "resource_quotas": ("ResourceQuota", (QUOTA,)),
    "limit_ranges": ("LimitRange", (LIMITS,)),
    "network_policies": ("NetworkPolicy", tuple(POLICIES)),
    "role_bindings": ("RoleBinding", (DEPLOY, READ)),
}


@dataclass(frozen=True)
class Standing:
    """What stands on a cluster.

    Args:
        governors: the owner label of each namespace's quota, by namespace.
        present: every policy object, as namespace, kind and name.
    """

    governors: Mapping[str, str]
    present: frozenset[tuple[str, str, str]]

    def lacks(self, namespace: str) -> tuple[str, ...]:
        """The objects of a namespace's isolation that are not there, as `Kind/name`."""
        return tuple(
            f"{kind}/{name}"
            for kind, names in _OBJECTS.values()
            for name in names
            if (namespace, kind, name) not in self.present
        )


def isolation(policies: Mapping[str, Iterable[Json]]) -> Standing:
    """Read what stands.

    Args:
        policies: the objects by what they are counted as, such as `resource_quotas`.
    """
    return Standing(
        {
            item["metadata"]["namespace"]: (item["metadata"].get("labels") or {}).get(OWNER, "")
            for item in policies["resource_quotas"]
            if item["metadata"]["name"] == QUOTA
        },
        frozenset(
            (item["metadata"]["namespace"], _OBJECTS[kind][0], item["metadata"]["name"])
            for kind, items in policies.items()
            for item in items
        ),
    )
