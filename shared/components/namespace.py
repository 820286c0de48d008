"""The Namespace and its isolation: the one place that declares them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from shared.config.isolation import IsolationSettings, OrganizationSettings
from shared.contract import ClusterContract, NamespaceRecord
from shared.isolation.objects import (
    hard_limits,
    limit_range,
    namespace_annotations,
    namespace_labels,
    network_policies,
    role_bindings,
)
from shared.isolation.resolution import resolve_within
from shared.kube.observed import LIMITS, QUOTA, ObservedCluster
from shared.labels import FIELD_MANAGER, FORCE, OWNER, PREVIOUS_OWNER
from shared.ownership.claim import Claim
from shared.ownership.decision import Decision, decide
from shared.ownership.management import ManagedIsolation, manage_isolation
from shared.state import State

ISOLATION_MANAGER = "platform-isolation"
"""The field manager of every stack that manages isolation, so that a new one's values replace the old one's."""


@dataclass(frozen=True)
class NamespacePlan:
    """What a stack declares of a namespace, decided before it declares anything.

    Args:
        decision: how it declares the Namespace; None where it only uses it.
        labels: what the isolation sets on the Namespace, as annotations do.
        isolation: the isolation that it declares; None where another stack manages that.
    """

    claim: Claim
    decision: Decision | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    isolation: ManagedIsolation | None = None


def plan_namespace(
    claim: Claim,
    settings: IsolationSettings,
    organization: OrganizationSettings,
    contract: ClusterContract,
    *,
    state: State,
    cluster: ObservedCluster | None,
    record: NamespaceRecord | None = None,
    tenants: Sequence[str] = (),
    hosts: Sequence[str] = (),
) -> NamespacePlan:
    """Decide who owns a namespace and who manages its isolation, or refuse.

    Args:
        state: the claimant's own state.
        cluster: what was observed; None where there is no cluster yet, or it does not answer.
        record: the namespace as its owner exports it, where the claimant only uses it.
        tenants: the stacks, as `<project>.<stack>`, that deploy with a credential of their own.
        hosts: those of the application that owns it, besides those in the settings.
    """
    resolved, labels, annotations = None, dict[str, str](), dict[str, str]()
    if claim.owns or claim.manages_isolation:
        resolved = resolve_within(
            settings,
            organization,
            place=claim.place,
            file=claim.file,
            ingress_controllers=contract.ingress_controllers,
            allow_to=contract.allow_to.get(claim.name, ()),
        )
        labels = {**namespace_labels(resolved), **contract.namespace_labels}
        annotations = namespace_annotations(resolved, claim.tenants, *hosts)
    decision = decide(claim, state, cluster, record)
    isolation = manage_isolation(claim, resolved, state, cluster, record=record, tenants=tenants)
    return NamespacePlan(claim, decision, labels, annotations, isolation)


def declare_namespace(
    plan: NamespacePlan, provider: kubernetes.Provider, *, depends_on: Sequence[pulumi.Resource] = ()
) -> tuple[list[pulumi.Resource], dict[str, dict[str, Any]]]:
    """Declare what is planned for a namespace.

    Returns what everything in it comes after, and where it is owned its record for the contract by its name
    (shared.contract.NamespaceRecord).
    """
    declared: list[pulumi.Resource] = []
    records: dict[str, dict[str, Any]] = {}
    if plan.decision:
        namespace = _owned_namespace(plan, plan.decision, provider, depends_on)
        declared.append(namespace)
        # At preview the API server's dry run invents a UID for a namespace that does not exist yet, to which a saved
        # plan would bind the update. The id is unknown then, and so is what depends on it.
        uid = pulumi.Output.all(namespace.id, namespace.metadata["uid"]).apply(lambda known: known[1])
        records[plan.claim.name] = {
            "owner": plan.claim.claimant.owner,
            "uid": uid,
            "tenants": list(plan.claim.tenants),
            "governed_by": plan.claim.managed_by.value,
        }
    if plan.isolation:
        declared.append(Isolation(plan.claim, plan.isolation, provider, depends_on=[*declared]))
    return declared, records


def _owned_namespace(
    plan: NamespacePlan,
    decision: Decision,
    provider: kubernetes.Provider,
    depends_on: Sequence[pulumi.Resource],
) -> kubernetes.core.v1.Namespace:
    """Declare a namespace as its owner.

    It always has the same labels and annotations, so that an adoption by force overwrites only these. It is at the
    stack's top level under the original program's logical name, so that a namespace of that program is kept. Removing
    the declaration never deletes it.
    """
    claim, owner = plan.claim, plan.claim.claimant.owner
    labels = {**plan.labels, "name": claim.name, "managed-by": "pulumi", OWNER: owner}
    annotations = {**plan.annotations, FIELD_MANAGER: owner}
    if decision.previous_owner:
        annotations[PREVIOUS_OWNER] = decision.previous_owner
    by_force = {**annotations, FORCE: "true"}
    # patchForce acts on every apply; an unchanged object is not applied, so it may stay until the next change.
    last = decision.forced or {}
    unchanged = (last.get("labels"), last.get("annotations")) == (labels, by_force)
    return kubernetes.core.v1.Namespace(
        f"{claim.name}-namespace",
        metadata={
            "name": claim.name,
            "labels": labels,
            "annotations": by_force if decision.adopts or unchanged else annotations,
        },
        opts=pulumi.ResourceOptions(
            provider=provider, retain_on_delete=True, protect=claim.protect, depends_on=list(depends_on)
        ),
    )


class Isolation(pulumi.ComponentResource):
    """ResourceQuota, LimitRange, NetworkPolicies and RoleBindings of one namespace.

    The set of objects never changes, and each is retained when it is no longer declared, so that they exist
    throughout a move. As with the namespace itself, only the stack in their owner label may change them.
    """

    def __init__(
        self,
        claim: Claim,
        isolation: ManagedIsolation,
        provider: kubernetes.Provider,
        *,
        depends_on: list[pulumi.Resource],
    ) -> None:
        options = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__("platform:isolation:Isolation", claim.name, opts=options)
        annotations = {FIELD_MANAGER: ISOLATION_MANAGER}
        if isolation.previous_manager:
            annotations[PREVIOUS_OWNER] = isolation.previous_manager

        def declare(resource: Any, name: str, **fields: Any) -> None:
            metadata = {
                "name": name,
                "namespace": claim.name,
                "labels": {"managed-by": "pulumi", OWNER: claim.claimant.owner},
                "annotations": annotations,
            }
            options = pulumi.ResourceOptions(
                parent=self, provider=provider, retain_on_delete=True, depends_on=depends_on
            )
            resource(f"{claim.name}-{name}", metadata=metadata, **fields, opts=options)

        resolved = isolation.resolved
        declare(kubernetes.core.v1.ResourceQuota, QUOTA, spec={"hard": hard_limits(resolved)})
        declare(kubernetes.core.v1.LimitRange, LIMITS, spec=limit_range(resolved))
        for name, spec in network_policies(resolved).items():
            declare(kubernetes.networking.v1.NetworkPolicy, name, spec=spec)
        for name, binding in role_bindings(resolved, isolation.tenants).items():
            declare(kubernetes.rbac.v1.RoleBinding, name, **binding)
        self.register_outputs({"quota": QUOTA})
