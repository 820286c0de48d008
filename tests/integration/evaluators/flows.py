"""A cluster with both services and others, and a table of connections between them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from tests.evaluators.manifests import Manifest
from tests.evaluators.network_policy import Flow, Namespace, Pod, Port, Protocol, evaluate


class Line(NamedTuple):
    """A line of the table: whether a connection goes through."""

    through: bool
    source: str
    destination: str
    port: int
    protocol: Protocol = "TCP"


NAMESPACES = [
    Namespace("ingress-nginx"),
    Namespace("edge"),
    Namespace("kube-system"),
    Namespace("monitoring"),
    # What a team could call itself to be taken for the ingress controller's.
    Namespace("stranger", {"name": "ingress-nginx", "app.kubernetes.io/name": "ingress-nginx"}),
]
PODS = [
    Pod("ingress-nginx", "controller", "10.64.0.10"),
    Pod("edge", "controller", "10.64.0.11"),
    Pod("kube-system", "dns", "10.64.0.20", {"k8s-app": "kube-dns"}),
    Pod("kube-system", "metrics", "10.64.0.21", {"k8s-app": "metrics-server"}),
    Pod("monitoring", "prometheus", "10.64.0.30"),
    Pod("stranger", "dns", "10.64.0.40", {"k8s-app": "kube-dns"}),
]
INTERNET, METADATA, API_SERVER = "203.0.113.7", "169.254.169.254", "10.96.0.1"
DATABASE, FENCED = "10.20.0.5", "10.20.9.5"

TABLE = [
    # From outside, through the ingress controller to the service's port.
    Line(True, "ingress-nginx/controller", "day/web", 8001),
    Line(True, "ingress-nginx/controller", "dusk/web", 8001),
    Line(False, "ingress-nginx/controller", "day/web", 8002),
    Line(False, "ingress-nginx/controller", "day/web", 8001, "UDP"),
    Line(False, "ingress-nginx/controller", "day/web", 8001, "SCTP"),
    Line(False, "edge/controller", "day/web", 8001),
    Line(False, "stranger/dns", "day/web", 8001),
    Line(False, INTERNET, "day/web", 8001),
    Line(True, INTERNET, "ingress-nginx/controller", 443),
    # Among the pods of one namespace.
    Line(True, "day/web", "day/web-2", 8001),
    Line(True, "day/job", "day/web", 8001),
    Line(True, "day/web", "day/job", 5432),
    Line(True, "day/web", "day/job", 7946, "UDP"),
    Line(True, "dusk/job", "dusk/web", 8001),
    # Between namespaces.
    Line(False, "day/web", "dusk/web", 8001),
    Line(False, "dusk/web", "day/web", 8001),
    Line(False, "day/job", "dusk/job", 5432),
    Line(False, "monitoring/prometheus", "day/web", 8001),
    Line(False, "day/web", "monitoring/prometheus", 9090),
    Line(False, "day/web", "ingress-nginx/controller", 80),
    Line(True, "monitoring/prometheus", "stranger/dns", 9153),
    # DNS.
    Line(True, "day/web", "kube-system/dns", 53, "UDP"),
    Line(True, "day/web", "kube-system/dns", 53),
    Line(True, "dusk/job", "kube-system/dns", 53, "UDP"),
    Line(False, "day/web", "kube-system/dns", 9153),
    Line(False, "day/web", "kube-system/metrics", 53, "UDP"),
    Line(False, "day/web", "kube-system/metrics", 10250),
    Line(False, "day/web", "stranger/dns", 53, "UDP"),
    Line(False, "day/web", INTERNET, 53, "UDP"),
    Line(False, "kube-system/dns", "day/web", 8001),
    # To the rest of the world.
    Line(False, "day/web", INTERNET, 443),
    Line(False, "day/web", METADATA, 80),
    Line(False, "day/web", API_SERVER, 443),
    Line(False, "day/web", DATABASE, 5432),
    Line(False, "dusk/web", DATABASE, 5432),
    Line(False, DATABASE, "day/web", 8001),
]
"""What goes through and what does not, as settings files have it. `day` and `dusk` stand for the namespaces."""


def differences(table: Sequence[Line], services: Mapping[str, Sequence[Manifest]]) -> list[str]:
    """The lines whose verdict is another one where services are deployed.

    Args:
        table: what goes through and what does not.
        services: the manifests of each, by the name that stands for its namespace in the table.
    """
    namespaces, pods, policies, names = list(NAMESPACES), list(PODS), [], {}
    for network, (service, objects) in enumerate(services.items(), start=1):
        namespace, inhabitants = _inhabited(objects, network)
        namespaces.append(namespace)
        pods += inhabitants
        policies += [item for item in objects if item["kind"] == "NetworkPolicy"]
        names[service] = namespace.name
    flows = [_flow(line, names) for line in table]
    verdicts = evaluate(namespaces, pods, policies, flows)
    return [
        f"{flow.source} -> {flow.destination}:{flow.port}/{flow.protocol} "
        f"{'goes through' if verdict else 'is stopped'}"
        for line, flow, verdict in zip(table, flows, verdicts, strict=True)
        if verdict is not line.through
    ]


def over(table: Sequence[Line], changed: Sequence[Line]) -> list[Line]:
    """A table in which some lines say something else and all others what they said."""
    said = {line._replace(through=True) for line in changed}
    return [*changed, *(line for line in table if line._replace(through=True) not in said)]


def _inhabited(objects: Sequence[Manifest], network: int) -> tuple[Namespace, list[Pod]]:
    """A service's namespace with two of the service's pods, and another pod."""
    metadata, template = (
        _one(objects, "Namespace")["metadata"],
        _one(objects, "Deployment")["spec"]["template"],
    )
    (container,) = template["spec"]["containers"]
    ports = tuple(Port(port["name"], port["containerPort"], port["protocol"]) for port in container["ports"])
    web = Pod(metadata["name"], "web", f"10.64.{network}.1", template["metadata"]["labels"], ports)
    return Namespace(metadata["name"], metadata["labels"]), [
        web,
        replace(web, name="web-2", ip=f"10.64.{network}.2"),
        Pod(metadata["name"], "job", f"10.64.{network}.3", {"app": "job"}),
    ]


def _one(objects: Sequence[Manifest], kind: str) -> dict[str, Any]:
    (found,) = (item for item in objects if item["kind"] == kind)
    return found


def _flow(line: Line, names: Mapping[str, str]) -> Flow:
    return Flow(_end(line.source, names), _end(line.destination, names), line.port, line.protocol)


def _end(end: str, names: Mapping[str, str]) -> str:
    place, slash, pod = end.partition("/")
    return f"{names.get(place, place)}{slash}{pod}"
