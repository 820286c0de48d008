"""The component that declares a namespace's isolation, in the order in which it comes to be."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from shared.isolation.access import DEPLOY, READ, role_reference, subjects
from shared.isolation.network import POLICIES
from shared.isolation.quota import LIMITS, QUOTA, limit_range, resource_quota
from shared.isolation.specification import IsolationSpecification
from shared.labels import FIELD_MANAGER, OWNER, PREVIOUS_OWNER

TYPE = "platform:isolation:Isolation"
"""The component's type token."""

MANAGER = "platform-isolation"
"""The field manager of whoever governs: a new governor's word replaces the old one's, field by field, at once."""


class Isolation(pulumi.ComponentResource):
    """ResourceQuota, LimitRange, NetworkPolicies and RoleBindings of one namespace.

    Which objects there are never changes, and each is retained where it is dropped, so that a handover leaves no
    moment without them. Who may change them is arbitrated by their owner label, as with the namespace itself.

    Args:
        isolation: the isolation; an output, since nothing is declared before its namespace may be used and is there.
        namespace: the name of its namespace as settings give it.
        provider: the connection to the cluster.
    """

    def __init__(
        self,
        isolation: pulumi.Output[IsolationSpecification],
        *,
        namespace: str,
        provider: kubernetes.Provider,
    ) -> None:
        super().__init__(TYPE, namespace, opts=pulumi.ResourceOptions(retain_on_delete=True))
        self._isolation, self._namespace, self._provider = isolation, namespace, provider

        self.quota = self._declare(kubernetes.core.v1.ResourceQuota, QUOTA, spec=resource_quota)
        self.limits = self._declare(kubernetes.core.v1.LimitRange, LIMITS, spec=limit_range)
        for name, policy in POLICIES.items():
            self._declare(kubernetes.networking.v1.NetworkPolicy, name, spec=policy)
        for role in (DEPLOY, READ):
            self._declare(
                kubernetes.rbac.v1.RoleBinding,
                role,
                subjects=partial(subjects, role),
                role_ref=partial(role_reference, role),
            )
        self.register_outputs({"quota": self.quota.metadata["name"]})

    def _declare(self, resource: Any, name: str, **fields: Callable[[IsolationSpecification], Any]) -> Any:
        return resource(
            f"{self._namespace}-{name}",
            metadata={
                "name": name,
                "namespace": self._isolation.apply(lambda isolation: isolation.namespace),
                "labels": self._isolation.apply(_labels),
                "annotations": self._isolation.apply(_annotations),
            },
            **{field: self._isolation.apply(made) for field, made in fields.items()},
            opts=pulumi.ResourceOptions(parent=self, provider=self._provider, retain_on_delete=True),
        )


def _labels(isolation: IsolationSpecification) -> dict[str, str]:
    return {"managed-by": "pulumi", OWNER: isolation.governor}


def _annotations(isolation: IsolationSpecification) -> dict[str, str]:
    annotations = {FIELD_MANAGER: MANAGER}
    if isolation.previous_governor:
        annotations[PREVIOUS_OWNER] = isolation.previous_governor
    return annotations
