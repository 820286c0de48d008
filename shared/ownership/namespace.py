"""The Namespace: the one place that declares one."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from shared.held import Applied
from shared.labels import FIELD_MANAGER, FORCE, OWNER, PREVIOUS_OWNER
from shared.ownership.owned import Ownership
from shared.settings.isolation import GovernedBy


def declare_namespace(
    name: str,
    owner: str,
    ownership: pulumi.Input[Ownership],
    provider: kubernetes.Provider,
    *,
    labels: pulumi.Input[Mapping[str, str]],
    protect: bool = False,
) -> kubernetes.core.v1.Namespace:
    """Declare a namespace as its owner.

    It says who owns it and how it is isolated, always by the same labels, so that a take-over by force can touch
    nothing but these. It stands at the stack's top level under the seed's logical name,
    so that a namespace from there comes over as it is. Dropping it from the program never deletes it.

    Args:
        name: the namespace's name.
        owner: the owning stack, as `<project>.<stack>`; its field manager too, so that the API server's own
            conflict tells who owns it.
        ownership: the granted claim; nothing is declared before it is.
        provider: the connection to the cluster.
        labels: what its isolation says on it: how pods are secured, its size, its team.
        protect: whether the engine is to refuse to let go of it, even with nothing deleted.
    """
    granted = pulumi.Output.from_input(ownership)
    given = pulumi.Output.from_input(labels).apply(
        lambda labels: {**labels, "name": name, "managed-by": "pulumi", OWNER: owner}
    )
    return kubernetes.core.v1.Namespace(
        f"{name}-namespace",
        metadata={
            "name": granted.apply(lambda _: name),
            "labels": given,
            "annotations": pulumi.Output.all(granted, given).apply(lambda known: _annotations(owner, *known)),
        },
        opts=pulumi.ResourceOptions(provider=provider, retain_on_delete=True, protect=protect),
    )


def namespace_record(
    namespace: kubernetes.core.v1.Namespace,
    owner: str,
    tenants: Sequence[str] = (),
    governed_by: GovernedBy = GovernedBy.OWNER,
) -> dict[str, Any]:
    """A namespace as its owner exports it, in the contract's shape.

    Args:
        namespace: the namespace as its owner declares it.
        owner: the owning stack, as `<project>.<stack>`.
        tenants: the stacks that may live in it; empty for any.
        governed_by: who declares its isolation.
    """
    # At preview the API server's dry run makes a UID up for a namespace that is yet to be made, and a saved plan
    # would hold the update to it. The id is unknown then, and so is what hangs on it.
    uid = pulumi.Output.all(namespace.id, namespace.metadata["uid"]).apply(lambda known: known[1])
    return {"owner": owner, "uid": uid, "tenants": list(tenants), "governed_by": governed_by.value}


def _annotations(owner: str, ownership: Ownership, labels: Mapping[str, str]) -> dict[str, str]:
    annotations = {FIELD_MANAGER: owner}
    if ownership.previous_owner:
        annotations[PREVIOUS_OWNER] = ownership.previous_owner
    by_force = {**annotations, FORCE: "true"}
    # The annotation is a word to the provider, heeded whenever it applies the object. What was applied by force and
    # is as it was is not applied again, so that the word can stay; it goes with the first change, which has no force.
    unchanged = ownership.forced == Applied(labels, by_force)
    return by_force if ownership.takes_over or ownership.relabels or unchanged else annotations
