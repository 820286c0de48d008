"""The facts of clusters, gathered: what their API servers have, and what stacks' states and settings say of them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from operations import checkout
from operations.checkout import infrastructure, infrastructure_stack, service_stack, services, stacks_of
from operations.drift import Difference, differences
from operations.facts import StackFacts, all_claims, cluster_of, kubeconfig_of, states
from operations.toolchain import Toolchain
from shared.errors import PlatformError
from shared.kube.client import METADATA_ONLY, ClusterApi, Json, cluster_api, collection_of
from shared.kube.observed import (
    QUOTA,
    ObservedCluster,
    ObservedNamespace,
    observed_namespace,
    observed_quota,
)
from shared.ownership.claim import Claim
from shared.stacks import Stack, stack_of
from shared.state import State, StateObject

_ISOLATION = {
    "LimitRange": "/api/v1/limitranges",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/networkpolicies",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/rolebindings",
}

_WORKLOADS = {"apps/v1": ("Deployment", "StatefulSet", "DaemonSet"), "batch/v1": ("CronJob", "Job")}

_BAD = {"Available": "False", "Progressing": "False", "ReplicaFailure": "True", "Failed": "True"}
"""Conditions of a Deployment and of a Job by the status that means trouble:
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status"""


@dataclass(frozen=True)
class AdmissionPolicy:
    """An admission policy: whether it is on the cluster, and whether a binding makes it deny requests."""

    name: str
    installed: bool = True
    bound: bool = True


@dataclass(frozen=True)
class Workload:
    """A workload: how many pods it should have, and how many are ready.

    Of a Job it is how many should end well, and have; of a CronJob, how many run. `image` is its first container's,
    `problem` what its controller says is wrong.
    """

    kind: str
    name: str
    wanted: int = 0
    ready: int = 0
    image: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Live:
    """A cluster as its API server has it, with the platform's admission policies and what others changed on it.

    Args:
        cluster: its identity, its namespaces without the cluster's own, and their quotas.
        isolation: by namespace, how many quotas, limit ranges, network policies and role bindings it has, by kind.
        workloads: by namespace, where they were asked for.
        hosts: the namespaces whose Ingresses serve it, by host.
    """

    cluster: ObservedCluster
    policies: tuple[AdmissionPolicy, ...] = ()
    isolation: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    workloads: Mapping[str, tuple[Workload, ...]] = field(default_factory=dict)
    hosts: Mapping[str, Collection[str]] = field(default_factory=dict)
    drift: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class NamespaceFacts:
    """One namespace with everything that is known of it.

    Args:
        live: None where it does not exist, or the cluster could not be observed.
        in_state: the stacks whose state has it, and how.
        owning: the claims of settings to own it.
        using: the claims of settings to use it while another stack owns it.
    """

    name: str
    live: ObservedNamespace | None
    in_state: Mapping[Stack, StateObject] = field(default_factory=dict)
    owning: tuple[Claim, ...] = ()
    using: tuple[Claim, ...] = ()

    @property
    def tenants(self) -> tuple[str, ...]:
        """Who uses it or may, by owner name."""
        named = (tenant for claim in self.owning for tenant in claim.tenants)
        return tuple(sorted({*named, *(claim.claimant.owner for claim in self.using)}))

    @property
    def stacks(self) -> frozenset[Stack]:
        """The stacks that own it, have it in their state, or have settings for it."""
        claimants = (claim.claimant for claim in (*self.owning, *self.using))
        owner = {stack_of(self.live.owner)} if self.live and self.live.owner else set()
        return frozenset({*self.in_state, *claimants, *owner})

    def claim(self, stack: Stack) -> Claim | None:
        """A stack's claim to own it, if it has one."""
        return next((claim for claim in self.owning if claim.claimant == stack), None)


@dataclass(frozen=True)
class ClusterFacts:
    """One cluster: the stacks that provisioned it, and every stack whose settings or state are about it.

    The stacks have no more than is about it. `live` is None where it could not be observed, and `fault` says why.
    """

    identifier: str
    name: str
    infrastructure: tuple[Stack, ...] = ()
    stacks: tuple[StackFacts, ...] = ()
    live: Live | None = None
    fault: PlatformError | None = None

    def stack(self, owner: str) -> StackFacts | None:
        """The stack of that owner's name, if it is known."""
        return next((facts for facts in self.stacks if facts.stack.owner == owner), None)

    def namespaces(self) -> list[NamespaceFacts]:
        """Every namespace that the cluster has, a state has or a setting claims, by name."""
        live = self.live.cluster.namespaces if self.live else {}
        in_state: dict[str, dict[Stack, StateObject]] = {}
        claims: dict[str, list[Claim]] = {}
        for facts in self.stacks:
            for item in facts.state.namespaces:
                in_state.setdefault(item.name, {})[facts.stack] = item
            for claim in facts.claims:
                claims.setdefault(claim.name, []).append(claim)
        return [
            NamespaceFacts(
                name,
                live.get(name),
                in_state.get(name, {}),
                tuple(claim for claim in claims.get(name, ()) if claim.owns),
                tuple(claim for claim in claims.get(name, ()) if not claim.owns),
            )
            for name in sorted({*live, *in_state, *claims})
        ]


def observe_all(
    kubeconfig: str, *, with_workloads: bool = False, declared: Collection[StateObject] = ()
) -> Live:
    """Observe a cluster with all of its namespaces, and compare what stacks declare with the live objects."""
    with cluster_api(kubeconfig) as api:
        namespaces = api.list("/api/v1/namespaces", accept=METADATA_ONLY)
        quotas = api.list("/api/v1/resourcequotas")
        isolation: defaultdict[str, Counter[str]] = defaultdict(Counter)
        listed = {kind: api.list(path, accept=METADATA_ONLY) for kind, path in _ISOLATION.items()}
        for kind, items in {"ResourceQuota": quotas, **listed}.items():
            for item in items:
                isolation[item["metadata"]["namespace"]][kind] += 1
        hosts: defaultdict[str, set[str]] = defaultdict(set)
        for item in api.list("/apis/networking.k8s.io/v1/ingresses"):
            for rule in item["spec"].get("rules") or ():
                hosts[rule.get("host", "")].add(item["metadata"]["namespace"])
        workloads = _workloads(api) if with_workloads else {}
        drift = tuple(differences(api, declared))
    found = {one.name: one for one in map(observed_namespace, namespaces)}
    system, ours = found.get("kube-system"), [item for item in quotas if item["metadata"]["name"] == QUOTA]
    cluster = ObservedCluster(
        system.uid if system else "",
        {name: one for name, one in found.items() if name != "default" and not name.startswith("kube-")},
        {item["metadata"]["namespace"]: observed_quota(item) for item in ours},
    )
    return Live(cluster, admission_policies(declared, drift), isolation, workloads, hosts, drift)


def admission_policies(
    declared: Iterable[StateObject], drift: Sequence[Difference]
) -> tuple[AdmissionPolicy, ...]:
    """The platform's admission policies; one is bound where its binding is as it is declared."""
    there = {item.title for item in declared} - {one.item.title for one in drift if not one.keys}
    unchanged = there - {one.item.title for one in drift}
    files = sorted((checkout.ROOT / "infrastructure" / "policies").glob("*.yaml"))
    # Each file is named after its own.
    names = (f"{file.stem}.platform.internal" for file in files if not file.stem.startswith("role-"))
    return tuple(
        AdmissionPolicy(
            name,
            f"ValidatingAdmissionPolicy/{name}" in there,
            f"ValidatingAdmissionPolicyBinding/{name}" in unchanged,
        )
        for name in names
    )


def _workloads(api: ClusterApi) -> dict[str, tuple[Workload, ...]]:
    """Every workload by namespace, in the order of kinds and names."""
    found: defaultdict[str, list[Workload]] = defaultdict(list)
    for version, kinds in _WORKLOADS.items():
        for kind in kinds:
            for item in api.list(collection_of(f"kubernetes:{version}:{kind}")):
                # A CronJob's Jobs are its own business.
                if not item["metadata"].get("ownerReferences"):
                    found[item["metadata"]["namespace"]].append(_workload(kind, item))
    return {name: tuple(items) for name, items in found.items()}


def _workload(kind: str, item: Json) -> Workload:
    spec, status = item.get("spec") or {}, item.get("status") or {}
    if kind == "CronJob":
        active = len(status.get("active") or ())
        spec, status = spec["jobTemplate"]["spec"], {"completions": active, "succeeded": active}
    containers = ((spec.get("template") or {}).get("spec") or {}).get("containers") or [{}]
    if kind == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    elif kind in ("Job", "CronJob"):
        wanted, ready = status.get("completions", spec.get("completions", 1)), status.get("succeeded", 0)
    else:
        wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    problems = [
        str(condition.get("message") or condition.get("reason") or condition["type"]).rstrip(".")
        for condition in status.get("conditions") or ()
        if _BAD.get(condition.get("type")) == condition.get("status")
    ]
    return Workload(
        kind,
        item["metadata"]["name"],
        int(wanted),
        int(ready),
        str(containers[0].get("image") or ""),
        "; ".join(problems),
    )


def gather(
    toolchain: Toolchain, wanted: Collection[Stack] = (), *, with_workloads: bool = False
) -> tuple[list[ClusterFacts], list[StackFacts]]:
    """Gather the facts of the deployed clusters of the infrastructure stacks `wanted`; of all where that is empty.

    Second come the stacks on no cluster: their settings lead to no deployed one, and their state is about none.
    """
    settings = all_claims()
    # An infrastructure stack may be another checkout's.
    asked = dict.fromkeys((*settings, *(one.infrastructure for one in settings.values())))
    read = states(asked, toolchain)
    stacks = [
        replace(settings.get(stack) or StackFacts(stack, "", stack), state=read.get(stack, State()))
        for stack in dict.fromkeys((*settings, *read))
    ]
    exporting = {facts.stack: facts for facts in stacks if _exports_cluster(facts.state)}
    clusters: dict[str, StackFacts] = {}
    for facts in exporting.values():
        if not wanted or facts.stack in wanted:
            clusters.setdefault(facts.state.cluster, facts)

    identifiers = {facts.state.cluster for facts in exporting.values()}
    apart = [
        facts
        for facts in stacks
        if facts.state.cluster not in identifiers and facts.infrastructure not in exporting
    ]
    with ThreadPoolExecutor(max(1, len(clusters))) as pool:
        observed = pool.map(
            lambda one: _cluster(one, stacks, toolchain, with_workloads=with_workloads), clusters.values()
        )
        return list(observed), apart


def _exports_cluster(state: State) -> bool:
    return "kubeconfig" in state.outputs and bool(state.cluster)


def _cluster(
    provisioner: StackFacts, stacks: Sequence[StackFacts], toolchain: Toolchain, *, with_workloads: bool
) -> ClusterFacts:
    """The facts of the cluster that an infrastructure stack exports."""
    state, live, fault = provisioner.state, None, None
    on = [facts for facts in stacks if facts.state.cluster == state.cluster]
    infrastructure = tuple(facts.stack for facts in on if _exports_cluster(facts.state))
    concerned: list[StackFacts] = []
    for facts in stacks:
        # Its settings may lead to another cluster than its state is about.
        if facts.infrastructure in infrastructure:
            is_elsewhere = facts.state.cluster not in ("", state.cluster)
            concerned.append(replace(facts, state=State()) if is_elsewhere else facts)
        elif facts.state.cluster == state.cluster:
            concerned.append(replace(facts, claims=(), fault=None))
    try:
        kubeconfig = kubeconfig_of(provisioner.stack, toolchain, state)
        declared = [item for facts in on for item in facts.state.objects]
        live = observe_all(kubeconfig, with_workloads=with_workloads, declared=declared)
    except PlatformError as error:
        fault = error
    name = str(state.outputs.get("cluster_name") or state.cluster)
    return ClusterFacts(state.cluster, name, infrastructure, tuple(concerned), live, fault)


def asked_for(service: str, environment: str) -> tuple[list[Stack], list[Stack]]:
    """The application stacks that are asked for, and the infrastructure stacks of their clusters; none for all."""
    applications: list[Stack] = []
    if service:
        every = [] if environment else services().get(service, [])
        applications = every or [service_stack(service, environment)]
    elif environment and all(stack.name != environment for stack in infrastructure()):
        applications = stacks_of(environment)
    if applications:
        return applications, [cluster_of(application) for application in applications]
    return [], [infrastructure_stack(environment)] if environment else []
