"""The Namespace: the one place that declares one."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from shared.labels import FIELD_MANAGER, FORCE, OWNER, PREVIOUS_OWNER
from shared.ownership.owned import Ownership


def declare_namespace(
    name: str, owner: str, ownership: pulumi.Input[Ownership], provider: kubernetes.Provider
) -> kubernetes.core.v1.Namespace:
    """Declare a namespace as its owner.

    It says nothing but who owns it, and only what stays the same for the namespace's life, so that a take-over by
    force can touch nothing but the owner label. It stands at the stack's top level under the seed's logical name,
    so that a namespace from there comes over as it is. Dropping it from the program never deletes it.

    Args:
        name: the namespace's name.
        owner: the owning stack, as `<project>.<stack>`; its field manager too, so that the API server's own
            conflict tells who owns it.
        ownership: the granted claim; nothing is declared before it is.
        provider: the connection to the cluster.
    """
    granted = pulumi.Output.from_input(ownership)
    return kubernetes.core.v1.Namespace(
        f"{name}-namespace",
        metadata={
            "name": granted.apply(lambda _: name),
            "labels": {"name": name, "managed-by": "pulumi", OWNER: owner},
            "annotations": granted.apply(lambda ownership: _annotations(owner, ownership)),
        },
        opts=pulumi.ResourceOptions(provider=provider, retain_on_delete=True),
    )


def namespace_record(
    namespace: kubernetes.core.v1.Namespace, owner: str, tenants: Sequence[str] = ()
) -> dict[str, Any]:
    """A namespace as its owner exports it, in the contract's shape.

    Args:
        namespace: the namespace as its owner declares it.
        owner: the owning stack, as `<project>.<stack>`.
        tenants: the stacks that may live in it; empty for any.
    """
    # At preview the API server's dry run makes a UID up for a namespace that is yet to be made, and a saved plan
    # would hold the update to it. The id is unknown then, and so is what hangs on it.
    uid = pulumi.Output.all(namespace.id, namespace.metadata["uid"]).apply(lambda known: known[1])
    return {"owner": owner, "uid": uid, "tenants": list(tenants)}


def _annotations(owner: str, ownership: Ownership) -> dict[str, str]:
    annotations = {FIELD_MANAGER: owner}
    if ownership.previous_owner:
        annotations[PREVIOUS_OWNER] = ownership.previous_owner
    if ownership.takes_over:
        annotations[FORCE] = "true"
    return annotations
