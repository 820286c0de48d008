"""Which connections NetworkPolicies let through, by the engine of cyclonus."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tests.evaluators import go_program

Protocol = Literal["TCP", "UDP", "SCTP"]


@dataclass(frozen=True)
class Namespace:
    """A namespace; it gets the label `kubernetes.io/metadata.name`, as from the API server."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Port:
    """A container's port."""

    name: str
    number: int
    protocol: Protocol = "TCP"


@dataclass(frozen=True)
class Pod:
    """A running pod with an IP address of its own."""

    namespace: str
    name: str
    ip: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()


@dataclass(frozen=True)
class Flow:
    """A new connection.

    Args:
        source: where it comes from: a pod as `<namespace>/<name>`, or an IP address.
        destination: where it goes to, likewise.
        port: the port that is connected to.
        protocol: its protocol.
    """

    source: str
    destination: str
    port: int
    protocol: Protocol = "TCP"


def evaluate(
    namespaces: Sequence[Namespace],
    pods: Sequence[Pod],
    policies: Sequence[Mapping[str, Any]],
    flows: Sequence[Flow],
) -> list[bool]:
    """Whether each flow is let through, at both of its ends.

    Args:
        namespaces: all namespaces of the cluster.
        pods: all pods of the cluster.
        policies: NetworkPolicies of networking.k8s.io/v1 as manifests.
        flows: what is asked.

    Raises:
        ValueError: a manifest is none, or a flow names a pod that is not there.
        Refusal: the evaluator must be built and cannot be.
    """
    asked = {
        "namespaces": [asdict(item) for item in namespaces],
        "pods": [asdict(item) for item in pods],
        "policies": list(policies),
        "flows": [
            {"from": flow.source, "to": flow.destination, "protocol": flow.protocol, "port": flow.port}
            for flow in flows
        ],
    }
    done = go_program.run("network-policies", asked=json.dumps(asked))
    if done.returncode != 0:
        raise ValueError(done.stderr.strip())
    verdicts: list[bool] = json.loads(done.stdout)["verdicts"]
    return verdicts
