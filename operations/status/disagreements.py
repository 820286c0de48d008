"""What disagrees about a cluster's namespaces: rules over the facts, in the order of reading."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, get_args

from operations.facts import deploy_first
from operations.status.facts import ClusterFacts, NamespaceFacts, asked_for, gather
from operations.toolchain import Toolchain
from shared.errors import Refusal
from shared.kube.observed import is_arn
from shared.labels import ALLOW_DELETION, OWNER, UNOWNED
from shared.ownership.claim import Claim
from shared.stacks import INFRASTRUCTURE_PROJECT, Stack, stack_of

OfCluster = Literal["cluster-unreachable", "cluster-replaced", "policy-missing", "settings-invalid"]
OfOwner = Literal["deletion", "state-outdated", "owner-label-lost", "owner-unknown", "move-unfinished"]
OfSettings = Literal["claim-conflict", "wrong-source", "not-a-tenant", "stale-adoption"]
OfOthers = Literal["drift", "host-shared"]
Note = Literal["not-created", "unowned"]
Kind = OfCluster | OfOwner | OfSettings | OfOthers | Note
"""The kinds, for scripts: of the cluster and its policies, of who owns a namespace, of what settings claim, of what
others changed, and what is only worth knowing."""


@dataclass(frozen=True)
class Disagreement:
    """Something about which live object, states and settings disagree: a sentence of fact and one of remedy.

    The namespace is empty for the cluster or a whole stack.
    """

    kind: Kind
    fact: str
    remedy: str
    namespace: str = ""


_Told = Iterator[tuple[Kind, str, str]]
"""What a rule says of a namespace: kind, fact and remedy."""


@dataclass(frozen=True)
class ClusterStatus:
    """A cluster, the namespaces that were asked for, what disagrees, and what is only worth knowing."""

    cluster: ClusterFacts
    namespaces: tuple[NamespaceFacts, ...]
    disagreements: tuple[Disagreement, ...]
    notes: tuple[Disagreement, ...]


def statuses(service: str, environment: str, toolchain: Toolchain) -> list[ClusterStatus]:
    """Examine the clusters of a service or an environment; all whose infrastructure is deployed where both are empty.

    Refusal where none of their infrastructure stacks is deployed.
    """
    applications, wanted = asked_for(service, environment)
    clusters, _ = gather(toolchain, wanted)
    if not clusters:
        missing = wanted[0] if wanted else Stack(INFRASTRUCTURE_PROJECT, environment or "dev")
        fact = f"The stack {missing} exports no cluster: it was never deployed, or was taken down."
        raise Refusal(fact, deploy_first(missing))
    return [examine(cluster, applications if service else ()) for cluster in clusters]


def examine(cluster: ClusterFacts, only: Collection[Stack] = ()) -> ClusterStatus:
    """Find every disagreement about the namespaces of the stacks in `only`; about all of them where it is empty."""
    namespaces = tuple(one for one in cluster.namespaces() if not only or one.stacks & frozenset(only))
    found = list(_unobserved(cluster))
    if not found:
        found += [
            Disagreement(*told, one.name)
            for one in namespaces
            for rule in _RULES
            for told in rule(one, cluster)
        ]
        found[:0] = _drift(cluster, only)
    found += [
        Disagreement("settings-invalid", facts.fault.fact, facts.fault.remedy)
        for facts in cluster.stacks
        if facts.fault and (not only or facts.stack in only)
    ]
    disagreements = tuple(one for one in found if one.kind not in get_args(Note))
    notes = tuple(one for one in found if one.kind in get_args(Note))
    return ClusterStatus(cluster, namespaces, disagreements, notes)


def _unobserved(cluster: ClusterFacts) -> Iterator[Disagreement]:
    """Why live objects say nothing about the states, so that no other rule counts."""
    if cluster.fault:
        remedy = cluster.fault.remedy or "Correct what the engine names."
        yield Disagreement("cluster-unreachable", " ".join(cluster.fault.fact.split()), remedy)
    live = cluster.live.cluster.identifier if cluster.live else ""
    if live and not is_arn(cluster.identifier) and live != cluster.identifier:
        stacks = ", ".join(map(str, cluster.infrastructure))
        fact = f"The kubeconfig of {stacks} leads to the cluster {live}, but its state is about {cluster.identifier}."
        forget = "; ".join(stack.command("forget") for stack in cluster.infrastructure)
        otherwise = f"If the old one no longer exists, with everything that was on it: {forget}"
        yield Disagreement("cluster-replaced", fact, f"Point it at the right cluster. {otherwise}")


def _drift(cluster: ClusterFacts, only: Collection[Stack]) -> Iterator[Disagreement]:
    """What others changed of each object. Of a namespace that is missing or lost its owner, its own rules tell."""
    live = cluster.live
    for item, group in groupby(live.drift if live else (), key=lambda one: one.item):
        stack = stack_of(item.owner)
        found = [one for one in group if not (one.keys and one.keys[-1] == f"f:{OWNER}")]
        place = item.name if item.kind == "core:Namespace" else item.namespace
        is_policy = item.kind.startswith("admissionregistration.")
        namespace = live.cluster.namespaces.get(place) if live else None
        goes_along = bool(place) and (namespace is None or namespace.terminating)
        is_told = not found or (not found[0].keys and goes_along)
        if not is_told and (not only or stack in only or is_policy):
            fact, remedy = "; ".join(map(str, found)), found[0].remedy(stack.command("up"))
            yield Disagreement("policy-missing" if is_policy else "drift", f"{fact}.", remedy, place)


def _deletion(namespace: NamespaceFacts, _: ClusterFacts) -> _Told:
    name, live = namespace.name, namespace.live
    if live and live.terminating:
        describe = f"kubectl describe namespace {name}"
        remedy = f"Wait until it no longer exists; its conditions say what delays it: {describe}"
        yield "deletion", f"The namespace '{name}' is being deleted.", remedy
    elif live and live.deletion_allowed == live.uid:
        fact = f"The namespace '{name}' has the annotation {ALLOW_DELETION}, with which anyone may delete it."
        remedy = f"Unless it is to be deleted now: kubectl annotate namespace {name} {ALLOW_DELETION}-"
        yield "deletion", fact, remedy


def _state_outdated(namespace: NamespaceFacts, _: ClusterFacts) -> _Told:
    name, live = namespace.name, namespace.live
    for stack, item in namespace.in_state.items():
        if live is None:
            fact = f"The namespace '{name}' no longer exists, but is still in the state of {stack.owner}."
            update = _again(stack) if namespace.claim(stack) else stack.command("refresh")
            yield "state-outdated", fact, f"If it was deleted on purpose, update the state: {update}"
        elif item.uid and item.uid != live.uid:
            fact = (
                f"The namespace '{name}' was recreated since {stack.owner} was last deployed: its UID is {live.uid}, "
                f"in the state it is {item.uid}."
            )
            yield "state-outdated", fact, f"Update the state: {_again(stack)}"


def _owner_label(namespace: NamespaceFacts, cluster: ClusterFacts) -> _Told:
    name, live, having = namespace.name, namespace.live, list(namespace.in_state)
    if live and not live.owner and having:
        # Of several stacks the one that claims it is to label it; what the others are to do is told after that.
        stack = next(filter(namespace.claim, having), having[0])
        fact = f"The live namespace '{name}' has no owner label, but is in the state of {stack.owner}."
        update = _again(stack) if namespace.in_state[stack].owner else stack.command("up")
        yield "owner-label-lost", fact, f"Have it labelled: {update}"
    if live and live.owner and not cluster.stack(live.owner):
        fact = f"The namespace '{name}' is owned by {live.owner}, which this checkout does not have on this cluster."
        claimant = next(iter([*(claim.claimant for claim in namespace.owning), *having]), None)
        setting = f"adopt_namespace_from: {live.owner}"
        adoption = _adoption(claimant, name, live.owner, cluster) if claimant else setting
        remedy = "Manage it from the checkout that has that stack; if the stack no longer exists, adopt it: "
        yield "owner-unknown", fact, remedy + adoption


def _owner(namespace: NamespaceFacts, cluster: ClusterFacts) -> _Told:
    """The owner does not have it in its state, or has it without a claim."""
    name = namespace.name
    facts = cluster.stack(namespace.live.owner) if namespace.live else None
    if facts is None or any(claim.adopt_from == facts.stack.owner for claim in namespace.owning):
        return  # an adoption that is due is told by the rule on claims
    owner, text = facts.stack, f"The namespace '{name}' is owned by {facts.stack.owner}, but "
    if owner not in namespace.in_state:
        if facts.fault:
            remedy = f"Correct {facts.file}, then {owner.command('up')}"
        elif namespace.claim(owner):
            update = owner.command("up")
            remedy = f"Its last run was interrupted, or its state was forgotten; continue: {update}"
        elif namespace.owning:
            remedy = f"Have it adopted: {_adoption(namespace.owning[0].claimant, name, owner.owner, cluster)}"
        else:
            remedy = _claim_again(owner, name, cluster)
        yield "move-unfinished", f"{text}is not in its state.", remedy
    elif not (facts.fault or namespace.owning or owner in (claim.claimant for claim in namespace.using)):
        yield "claim-conflict", f"{text}no settings claim it.", _claim_again(owner, name, cluster)


def _in_another_state(namespace: NamespaceFacts, cluster: ClusterFacts) -> _Told:
    """A state has what another stack owns."""
    live = namespace.live
    if live is None or not live.owner:
        return
    owner, owner_is_known = stack_of(live.owner), cluster.stack(live.owner)
    for stack in namespace.in_state:
        if stack == owner:
            continue
        facts, claim = cluster.stack(stack.owner), namespace.claim(stack)
        if facts and facts.fault:
            remedy = f"Correct {facts.file}, then {stack.command('up')}"
        elif claim is None:
            remedy = f"Have {stack.owner} release it: {stack.command('up')}"
        elif claim.adopt_from == live.owner:
            remedy = f"Its settings take it back: {_move(stack, owner)}"
        elif owner_is_known:
            remedy = f"Complete the move: {_move(owner, stack)}"
        else:
            remedy = f"Have it released ({_release(claim, owner)}): {stack.command('up')}"
        text = f"The namespace '{namespace.name}' is owned by {live.owner}"
        yield "move-unfinished", f"{text}, but is still in the state of {stack.owner}.", remedy


def _claims(namespace: NamespaceFacts, cluster: ClusterFacts) -> _Told:
    """Settings claim what another stack owns, or no stack does."""
    name, live = namespace.name, namespace.live
    if live is None:
        return
    for claim in namespace.owning:
        if claim.claimant in namespace.in_state or live.owner == claim.claimant.owner:
            continue
        current = live.owner or UNOWNED
        if claim.adopt_from == current:
            known = cluster.stack(live.owner)
            due = _move(claim.claimant, known.stack) if known else claim.claimant.command("up")
            fact = f"{claim.file} adopts the namespace '{name}' from {current}, but was not deployed since."
            yield "move-unfinished", fact, f"Adopt it: {due}"
            continue
        adopts = f" and adopts it from {claim.adopt_from}" if claim.adopt_from else ""
        owns = f"{live.owner or 'no stack'} owns it."
        instead = f"Use it ({_release(claim, stack_of(live.owner))})" if live.owner else "Choose another name"
        remedy = f"{instead}, or adopt it: {_adoption(claim.claimant, name, current, cluster)}"
        yield "claim-conflict", f"{claim.file} claims the namespace '{name}'{adopts}, but {owns}", remedy


def _claims_of_what_is_missing(namespace: NamespaceFacts, _: ClusterFacts) -> _Told:
    name = namespace.name
    if namespace.live or namespace.in_state:
        return
    for claim in namespace.owning:
        if claim.adopt_from:
            text = f"{claim.file} adopts the namespace '{name}' from {claim.adopt_from}"
            remedy = f"Remove {claim.adopt_setting} in {claim.file} to have it created, or correct the name."
            yield "claim-conflict", f"{text}, but it does not exist.", remedy
        else:
            fact = f"{claim.file} claims the namespace '{name}', which does not exist yet."
            yield "not-created", fact, f"Create it: {claim.claimant.command('up')}"
    if len(namespace.owning) > 1:
        files = " and ".join(claim.file for claim in namespace.owning)
        settings = "(create_namespace: false, namespace_source: <the owner, as project/stack>)"
        remedy = f"Let one stack own it and the others use it {settings}."
        yield "claim-conflict", f"{files} both claim the namespace '{name}'.", remedy


def _sources(namespace: NamespaceFacts, cluster: ClusterFacts) -> _Told:
    """Settings use a namespace of a stack that does not own it."""
    name, live = namespace.name, namespace.live
    owner = live.owner if live else ""
    for claim in namespace.using:
        source = claim.owner
        # Where the source claims it, or has it in its state, what is wrong is told of the source.
        told = namespace.claim(source) or (source in namespace.in_state and not owner)
        if told or owner == source.owner:
            continue
        if owner and owner != claim.claimant.owner:
            remedy = f"Set namespace_source: {stack_of(owner)} in {claim.file}"
        elif live and cluster.stack(source.owner):
            adoption = f"{_adoption(source, name, UNOWNED, cluster)}, then {source.command('up')}"
            remedy = f"Move it: {_move(source, claim.claimant)}" if owner else f"Have it adopted: {adoption}"
        else:
            remedy = f"Let a stack own it: create_namespace: true in {claim.file}, or namespaces of infrastructure."
        actual = f"{owner or 'no stack'} owns it" if live else "it does not exist"
        yield "wrong-source", f"{claim.file} uses the namespace '{name}' of {source}, but {actual}.", remedy


def _tenants(namespace: NamespaceFacts, _: ClusterFacts) -> _Told:
    """A stack uses a namespace whose owner names its tenants, and not that one."""
    for claim in namespace.using:
        owning = namespace.claim(claim.owner)
        if owning and owning.tenants and claim.claimant.owner not in owning.tenants:
            text = f"{claim.file} uses the namespace '{namespace.name}' of {claim.owner}"
            setting = f"{owning.place}tenants in {owning.file}"
            remedy = f"Add {claim.claimant.owner} to {setting}, then {claim.owner.command('up')}"
            yield "not-a-tenant", f"{text}, whose tenants are {', '.join(owning.tenants)}.", remedy


def _hosts(namespace: NamespaceFacts, cluster: ClusterFacts) -> _Told:
    hosts = cluster.live.hosts if cluster.live else {}
    for host in sorted(hosts):
        names = {*hosts[host], *hosts.get(f"*.{host.partition('.')[2]}", ())}
        if len(names) > 1 and namespace.name in names:
            text = f"Ingresses of the namespaces {', '.join(sorted(names))} serve {host or 'every host'}"
            remedy = "Have it removed from all but one of them: kubectl get ingresses --all-namespaces"
            yield "host-shared", f"{text}, and one takes the requests of the others.", remedy


def _stale_adoption(namespace: NamespaceFacts, _: ClusterFacts) -> _Told:
    name, live = namespace.name, namespace.live
    for claim in namespace.owning:
        owner = claim.claimant
        if claim.adopt_from and live and live.owner == owner.owner and list(namespace.in_state) == [owner]:
            text = f"{claim.file} adopts the namespace '{name}' from {claim.adopt_from}"
            remedy = f"Remove {claim.adopt_setting} in {claim.file}."
            yield "stale-adoption", f"{text}; {owner.owner} owns it already.", remedy


def _unowned(namespace: NamespaceFacts, _: ClusterFacts) -> _Told:
    if not namespace.stacks:
        remedy = "Leave it alone, or have a stack adopt it (adopt_namespace_from: unowned)."
        yield "unowned", f"No stack owns the namespace '{namespace.name}'.", remedy


_RULES: tuple[Callable[[NamespaceFacts, ClusterFacts], _Told], ...] = (
    _deletion,
    _state_outdated,
    _owner_label,
    _owner,
    _in_another_state,
    _claims,
    _claims_of_what_is_missing,
    _sources,
    _tenants,
    _hosts,
    _stale_adoption,
    _unowned,
)


def _again(stack: Stack) -> str:
    return f"{stack.command('refresh')}, then {stack.command('up')}"


def _move(target: Stack, other: Stack) -> str:
    """The command that has `target` own a namespace and `other` release it; an update where neither is a service."""
    application = other if target.is_infrastructure else target
    if application.is_infrastructure:
        return target.command("up")
    to = "infrastructure" if target.is_infrastructure else "application"
    return f"make namespace-move SERVICE={application.service} ENV={application.name} TO={to}"


def _adoption(stack: Stack, name: str, owner: str, cluster: ClusterFacts) -> str:
    """The setting by which a stack adopts a namespace, with its file."""
    place = f"namespaces.{name}." if stack.is_infrastructure else ""
    return f"{place}adopt_namespace_from: {owner} in {_file(stack, cluster)}"


def _claim_again(stack: Stack, name: str, cluster: ClusterFacts) -> str:
    """What to do about a namespace that a stack owns and no settings claim."""
    own = f"Set namespace: {name} and create_namespace: true"
    claim = f"Add {name} to namespaces" if stack.is_infrastructure else own
    other = f"or have another stack adopt it (adopt_namespace_from: {stack.owner})."
    return f"{claim} in {_file(stack, cluster)}, {other}"


def _release(claim: Claim, owner: Stack) -> str:
    """The settings by which a stack leaves a namespace to its owner."""
    if claim.place:
        return f"remove {claim.name} from namespaces in {claim.file}"
    return f"create_namespace: false and namespace_source: {owner} in {claim.file}"


def _file(stack: Stack, cluster: ClusterFacts) -> str:
    facts = cluster.stack(stack.owner)
    return facts.file if facts and facts.file else f"the settings of {stack}"
