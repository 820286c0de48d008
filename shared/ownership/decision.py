"""The decision who owns a namespace: from a claim, the claimant's state and the live namespace, before any change.

The live namespace decides. The state is a cache of it, and tells the stack's own namespace from another one of the
same name. The API server enforces the decision: by server-side apply without force, and by the admission policies of
infrastructure/policies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.contract import NamespaceRecord
from shared.errors import Refusal
from shared.kube.observed import ObservedCluster, ObservedNamespace
from shared.labels import FORCE, UNOWNED
from shared.ownership.claim import Claim
from shared.stacks import Stack, stack_of
from shared.state import State, StateObject


@dataclass(frozen=True)
class Decision:
    """How the claimant declares the namespace that it owns; a claimant that only uses it declares none.

    Args:
        adopts: whether another stack's owner label is replaced.
        previous_owner: the owner that it was adopted from, now or the last time; empty for never.
        forced: the metadata that it was last applied with, where that was by force.
    """

    adopts: bool = False
    previous_owner: str = ""
    forced: Mapping[str, Any] | None = None


def decide(
    claim: Claim, state: State, cluster: ObservedCluster | None, record: NamespaceRecord | None
) -> Decision | None:
    """Decide how the claimant declares the namespace; None where it only uses it, as `record` exports it.

    `state` is the claimant's own, `cluster` None where there is no cluster yet, or it does not answer.
    """
    in_state = state.namespace(claim.name)
    live = cluster.namespaces.get(claim.name) if cluster else None
    if record:
        if cluster:
            _check_use(claim, record, live)
        return None
    forced = in_state.declared["metadata"] if in_state and FORCE in in_state.annotations else None
    if not cluster:
        # Nothing is adopted, and what the state knows of an earlier adoption stays.
        return Decision(previous_owner=in_state.previous_owner if in_state else "", forced=forced)
    adopts, previous_owner = _own(claim, in_state, live)
    return Decision(adopts, previous_owner, forced)


def exported_record(claim: Claim, exported: Mapping[str, NamespaceRecord], state: State) -> NamespaceRecord:
    """The namespace as its claimed owner exports it, for a claimant that only uses it.

    Refusal where that stack does not own it, the claimant is not a tenant, or releasing its own would delete it.
    """
    in_state = state.namespace(claim.name)
    record = exported.get(claim.name)
    if record is None or record.owner != claim.owner.owner:
        raise Refusal(
            f"{claim.file} reads the namespace '{claim.name}' from {claim.owner}, which does not own it "
            f"(it owns: {', '.join(sorted(exported)) or 'none'}).",
            f"Set namespace_source to the stack that owns it, let {claim.owner} adopt it first, "
            "or own it here (create_namespace: true).",
        )
    if record.tenants and claim.claimant.owner not in record.tenants:
        raise Refusal(
            f"{claim.claimant} is not a tenant of the namespace '{claim.name}' of {claim.owner} "
            f"(its tenants: {', '.join(record.tenants)}).",
            f"Have {claim.claimant.owner} added to its tenants, or name another namespace in {claim.file}.",
        )
    if in_state:
        check_release(claim.claimant, in_state, _release_remedy(claim, in_state))
    return record


def check_cluster(stack: Stack, state: State, identifier: str, observed: str) -> None:
    """Refuse a cluster that is not the one of the contract's identifier, or of the stack's own state.

    `observed` is the cluster's own identifier; empty where it cannot tell, as for an EKS ARN.
    """
    if observed and observed != identifier:
        raise Refusal(
            f"The kubeconfig leads to the cluster {observed}, not to {identifier}, "
            "which the infrastructure stack exports.",
            "Point it at the right cluster, or deploy the infrastructure stack again.",
        )
    before = state.cluster
    if before and before != identifier:
        raise Refusal(
            f"{stack} was deployed to the cluster {before}; the current one is {identifier}.",
            "If the old cluster still exists, point the infrastructure stack back at it. "
            f"If it no longer exists: {stack.command('forget')}",
        )


def refuse_rename(claim: Claim, state: State, allowed: Iterable[str]) -> None:
    """Refuse to leave a namespace, with the workloads in it, for another one that a changed setting names.

    Objects in a namespace among `allowed` (`kind/name` in lower case) may be lost; a Namespace that the stack cannot
    release without deleting it may not.
    """
    for old in state.namespaces:
        if old.name != claim.name:
            check_release(claim.claimant, old, _release_remedy(claim, old))
    permitted = set(allowed)
    for name in sorted({item.namespace for item in state.objects} - {"", claim.name}):
        if f"namespace/{name}".lower() not in permitted:
            count = sum(item.namespace == name for item in state.objects)
            raise Refusal(
                f"{claim.claimant} has {count} objects in the namespace '{name}', but {claim.file} now says "
                f"'{claim.name}': each would be created there and then deleted in '{name}'.",
                f"Set the namespace back to '{name}', or allow the move by name: ALLOW=Namespace/{name}",
            )


def check_release(stack: Stack, released: StateObject, remedy: str) -> None:
    """Refuse that a stack stops declaring a namespace where this would delete it."""
    if not released.is_retained_by(stack):
        raise Refusal(
            f"The namespace '{released.name}' in the state of {stack} was deployed without retainOnDelete; "
            "no longer declaring it would delete it with everything in it.",
            remedy,
        )


def _release_remedy(claim: Claim, released: StateObject) -> str:
    settings = f"namespace: {released.name} and create_namespace: true"
    return f"Set {settings} in {claim.file} and deploy once, then change them."


def _own(claim: Claim, in_state: StateObject | None, live: ObservedNamespace | None) -> tuple[bool, str]:
    """Whether the claimant adopts the namespace by owning it, and the previous owner that it keeps or gets."""
    if live is None:
        _refuse_absent(claim, in_state)
        return False, ""
    if live.terminating:
        raise Refusal(
            f"The namespace '{claim.name}' is being deleted.",
            f"Wait until it no longer exists (kubectl get namespace {claim.name}), then run the command again.",
        )
    if live.owner not in ("", claim.claimant.owner):
        _refuse_another_owner(claim, in_state, live)
        return True, live.owner
    if in_state and in_state.uid and in_state.uid != live.uid:
        raise Refusal(
            f"The namespace '{claim.name}' was recreated since {claim.claimant} was last deployed: "
            f"its UID is {live.uid}, the stack's state says {in_state.uid}.",
            f"Refresh the state first: {claim.claimant.command('refresh')}",
        )
    # An unowned namespace in the state is the original program's, or its label was removed: it is this stack's.
    if in_state or live.owner:
        return False, live.previous_owner if live.owner else ""
    if not claim.adopt_from:
        raise Refusal(
            f"The namespace '{claim.name}' already exists and no stack owns it.",
            f"In {claim.file}, adopt it ({claim.adopt_setting}: {UNOWNED}) or choose another name.",
        )
    if claim.adopt_from != UNOWNED:
        raise _mistaken_adoption(
            claim,
            f"no stack owns the namespace '{claim.name}'",
            f"Set {claim.adopt_setting}: {UNOWNED} to adopt it anyway.",
        )
    return True, UNOWNED


def _refuse_absent(claim: Claim, in_state: StateObject | None) -> None:
    if in_state:
        raise Refusal(
            f"The namespace '{claim.name}' no longer exists, but is still in the state of {claim.claimant}.",
            f"If that was intended, refresh the state and deploy again: {claim.claimant.command('refresh')}",
        )
    if claim.adopt_from:
        raise _mistaken_adoption(
            claim,
            f"the namespace '{claim.name}' does not exist",
            f"Remove {claim.adopt_setting} to create it, or correct the namespace's name.",
        )


def _mistaken_adoption(claim: Claim, fact: str, remedy: str) -> Refusal:
    return Refusal(f"{claim.file} sets {claim.adopt_setting}: {claim.adopt_from}, but {fact}.", remedy)


def _refuse_another_owner(claim: Claim, in_state: StateObject | None, live: ObservedNamespace) -> None:
    owner = live.owner
    if claim.adopt_from == owner:
        if in_state and (in_state.owner, in_state.previous_owner) == (claim.claimant.owner, owner):
            raise Refusal(
                f"{claim.claimant} adopted the namespace '{claim.name}' from {owner} before, "
                f"and {owner} has adopted it back since.",
                f"Remove {claim.adopt_setting} from {claim.file} and release it (create_namespace: false, then up); "
                "after that it can be adopted again.",
            )
        return
    if claim.adopt_from:
        raise _mistaken_adoption(
            claim,
            f"the namespace '{claim.name}' is owned by {owner}",
            f"Set {claim.adopt_setting}: {owner} if that is the stack to adopt it from.",
        )
    adopted = f" It was adopted from {claim.claimant}." if live.previous_owner == claim.claimant.owner else ""
    raise Refusal(
        f"The namespace '{claim.name}' is owned by {owner}, so {claim.claimant} cannot own it too.{adopted}",
        f"In {claim.file}, either use it (create_namespace: false, namespace_source: {stack_of(owner)}) "
        f"or adopt it ({claim.adopt_setting}: {owner}).",
    )


def _check_use(claim: Claim, record: NamespaceRecord, live: ObservedNamespace | None) -> None:
    """Refuse to use a namespace that is not the one which its owner exports."""
    if live is None:
        raise Refusal(
            f"The namespace '{claim.name}' no longer exists, but {claim.owner} still exports it.",
            f"Have {claim.owner} refreshed and deployed again.",
        )
    if live.terminating:
        raise Refusal(
            f"The namespace '{claim.name}' is being deleted.",
            f"Ask the owner of {claim.owner}; nothing can be deployed into it now.",
        )
    if live.owner not in ("", claim.owner.owner):
        raise Refusal(
            f"The live namespace '{claim.name}' is owned by {live.owner}, not by {claim.owner.owner}, "
            f"from which {claim.file} reads it.",
            f"Set namespace_source: {stack_of(live.owner)} in {claim.file}.",
        )
    if record.uid and record.uid != live.uid:
        raise Refusal(
            f"The namespace '{claim.name}' was recreated: its UID is {live.uid}, {claim.owner} exports {record.uid}.",
            f"Have {claim.owner} refreshed and deployed again.",
        )
