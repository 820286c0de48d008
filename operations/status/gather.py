"""Gathering the facts: settings, states and live objects of every cluster, as much of it side by side as pays."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from operations.engine.faults import EngineFailure
from operations.engine.project import StackId, all_stacks
from operations.stacks.kubeconfig import exported_kubeconfig
from operations.status.checkpoints import StateFacts, read_states
from operations.status.facts import ClusterFacts, StackFacts
from operations.toolchain import Toolchain
from shared.refusal import Refusal

_PLATFORM = "infrastructure"
"""The label of the infrastructure project."""


@dataclass(frozen=True)
class _Reading:
    """One stack with what ties it to a cluster: its settings' infrastructure stack, its state's cluster."""

    stack: StackFacts
    platform: str
    cluster: str


@dataclass(frozen=True)
class Gathered:
    """The clusters that were asked for, and what is on none.

    Args:
        clusters: the clusters.
        apart: the stacks whose settings lead to no deployed cluster and whose state is about none.
    """

    clusters: list[ClusterFacts]
    apart: list[StackFacts]


def gather(toolchain: Toolchain, wanted: Callable[[StackId], bool]) -> list[ClusterFacts]:
    """Gather the facts of clusters.

    Args:
        toolchain: where the engine is.
        wanted: which infrastructure stacks' clusters; those that are not deployed are left out.

    Raises:
        EngineFailure: the backend cannot be read.
    """
    return gather_all(toolchain, wanted).clusters


def gather_all(
    toolchain: Toolchain, wanted: Callable[[StackId], bool], *, with_workloads: bool = False
) -> Gathered:
    """Gather the facts of clusters, and which stacks are on none.

    Args:
        toolchain: where the engine is.
        wanted: which infrastructure stacks' clusters; those that are not deployed are left out.
        with_workloads: whether to look at what runs in the namespaces too.

    Raises:
        EngineFailure: the backend cannot be read.
    """
    stacks = all_stacks()
    states = read_states(stacks, toolchain)
    platforms: dict[str, StackId] = {}
    for stack in stacks:
        if stack.project.label == _PLATFORM and _identifier(states.get(stack.owner)) and wanted(stack):
            platforms.setdefault(_identifier(states.get(stack.owner)), stack)
    with ThreadPoolExecutor(max(1, len(platforms))) as pool:
        # The engine decrypts the kubeconfigs in processes of its own while this one imports and reads.
        kubeconfigs = {
            identifier: pool.submit(_kubeconfig, platform, states[platform.owner], toolchain)
            for identifier, platform in platforms.items()
        }
        readings = [*_with_settings(stacks, states), *_without_settings(stacks, states)]
        found = [
            _cluster(identifier, states, readings, kubeconfigs[identifier], with_workloads=with_workloads)
            for identifier in platforms
        ]
    return Gathered(found, list(_on_none(states, readings)))


def _on_none(states: Mapping[str, StateFacts], readings: Iterable[_Reading]) -> Iterator[StackFacts]:
    deployed = {owner for owner, state in states.items() if _identifier(state)}
    clusters = {_identifier(states[owner]) for owner in deployed}
    for reading in readings:
        if reading.platform not in deployed and reading.cluster not in clusters:
            yield reading.stack


def _identifier(state: StateFacts | None) -> str:
    """The cluster that a state exports, where it is a deployed infrastructure stack's."""
    return (
        str(state.outputs.get("cluster_identifier") or "") if state and "kubeconfig" in state.outputs else ""
    )


def _kubeconfig(platform: StackId, state: StateFacts, toolchain: Toolchain) -> str:
    plain = state.outputs["kubeconfig"]
    return plain if isinstance(plain, str) else exported_kubeconfig(platform, toolchain)


def _with_settings(stacks: Iterable[StackId], states: Mapping[str, StateFacts]) -> Iterator[_Reading]:
    from operations.status.wishes import read_application, read_infrastructure  # noqa: PLC0415 - takes 0.4 s

    for stack in stacks:
        is_platform = stack.project.label == _PLATFORM
        settings = read_infrastructure(stack) if is_platform else read_application(stack)
        state = states.get(stack.owner)
        facts = StackFacts(
            stack.owner,
            stack.environment,
            "" if is_platform else stack.project.label,
            is_platform,
            settings.file,
            settings.fault,
            settings.wishes,
            state.holds if state else (),
        )
        yield _Reading(facts, settings.platform, state.identifier if state else "")


def _without_settings(stacks: Iterable[StackId], states: Mapping[str, StateFacts]) -> Iterator[_Reading]:
    """The stacks that the backend has and this checkout has no settings for."""
    known = {stack.owner for stack in stacks}
    labels = {stack.project.name: stack.project.label for stack in stacks}
    for state in states.values():
        if state.owner not in known:
            label = labels.get(state.project, "")
            is_platform = label == _PLATFORM
            service = "" if is_platform else label
            facts = StackFacts(state.owner, state.environment, service, is_platform, holds=state.holds)
            yield _Reading(facts, "", state.identifier)


def _cluster(
    identifier: str,
    states: Mapping[str, StateFacts],
    readings: Iterable[_Reading],
    kubeconfig: "Future[str]",
    *,
    with_workloads: bool,
) -> ClusterFacts:
    platforms = {owner: state for owner, state in states.items() if _identifier(state) == identifier}
    stacks = tuple(_parts(identifier, platforms.keys(), readings))
    name = next(str(state.outputs.get("cluster_name") or identifier) for state in platforms.values())
    from operations.status.live import read_live  # noqa: PLC0415 - the settings come first

    try:
        live = read_live(kubeconfig.result(), with_workloads=with_workloads)
    except (Refusal, EngineFailure) as error:
        return ClusterFacts(identifier, name, stacks, silence=str(error))
    return ClusterFacts(identifier, name, stacks, live.namespaces, live.guards, live.identifier)


def _parts(identifier: str, platforms: Set[str], readings: Iterable[_Reading]) -> Iterator[StackFacts]:
    """Of each stack what concerns one cluster: its settings may lead to another than its state is about."""
    for reading in readings:
        wants = reading.platform in platforms
        holds = reading.cluster == identifier or (wants and not reading.cluster)
        stack = reading.stack if wants else replace(reading.stack, fault="", wishes=())
        if wants or holds:
            yield stack if holds else replace(stack, holds=())
