"""What concerns a whole cluster or a whole stack: the connection, the guards, wrong settings."""

from collections.abc import Iterator

from operations.status.disagreement import Disagreement
from operations.status.facts import ClusterFacts, StackFacts
from operations.status.remedies import refresh, up

_ARN = "arn:"


def cluster_silent(cluster: ClusterFacts) -> Iterator[Disagreement]:
    """The API server did not answer, so nothing is known of the live namespaces."""
    if cluster.silence:
        fact, _, remedy = cluster.silence.partition("\n")
        yield Disagreement("cluster-silent", fact, remedy.strip())


def cluster_replaced(cluster: ClusterFacts) -> Iterator[Disagreement]:
    """The kubeconfig leads to another cluster than the one that the states are about."""
    identifier, live = cluster.identifier, cluster.live_identifier
    if live and not identifier.startswith(_ARN) and live != identifier:
        yield Disagreement(
            "cluster-replaced",
            f"The kubeconfig of {_platforms(cluster)} leads to the cluster {live}, "
            f"but its states are about {identifier}.",
            "Point it at the right cluster; if the old one is gone with all that was on it: "
            f"{'; '.join(_forget(stack) for stack in cluster.stacks if stack.infrastructure)}",
        )


def guard_missing(cluster: ClusterFacts) -> Iterator[Disagreement]:
    """An admission policy was removed, or nothing puts it in force."""
    platform = next((stack for stack in cluster.stacks if stack.infrastructure), None)
    commands = f"{refresh(platform)}, then {up(platform)}" if platform else "deploy its infrastructure stack"
    for guard in cluster.guards:
        if not guard.installed or not guard.bound:
            missing = "is missing" if not guard.installed else "is not bound, so it denies nothing"
            yield Disagreement(
                "guard-missing" if not guard.installed else "guard-not-bound",
                f"The guard {guard.name} {missing}: nothing on the cluster {cluster.name} protects owned namespaces "
                f"from {_threat(guard.name)}.",
                f"Have it installed again: {commands}",
            )


def settings_wrong(stack: StackFacts) -> Iterator[Disagreement]:
    """A stack's settings cannot be read, so that what it wants is unknown."""
    if stack.fault:
        fact, _, remedy = stack.fault.rpartition("\n")
        yield Disagreement("settings-wrong", fact, remedy.strip())


def _threat(guard: str) -> str:
    return "deletion" if guard.startswith("namespace-deletion") else "a changed or removed owner label"


def _platforms(cluster: ClusterFacts) -> str:
    return ", ".join(stack.label for stack in cluster.stacks if stack.infrastructure) or cluster.name


def _forget(stack: StackFacts) -> str:
    return f"make infra-forget ENV={stack.environment}"
