"""A small cluster and policies for it, written by hand."""

from typing import Any

from tests.evaluators.network_policy import Namespace, Pod, Port

NAMESPACES = [
    Namespace("shop", {"team": "retail"}),
    Namespace("stock", {"team": "retail"}),
    Namespace("ingress"),
    Namespace("kube-system"),
]
PODS = [
    Pod("shop", "web", "10.0.0.1", {"app": "web"}, (Port("http", 8001), Port("sync", 9000, "SCTP"))),
    Pod("shop", "job", "10.0.0.2", {"app": "job"}, (Port("http", 8080),)),
    Pod("stock", "web", "10.0.1.1", {"app": "web"}),
    Pod("stock", "ledger", "10.0.1.2", {"app": "ledger"}),
    Pod("ingress", "controller", "10.0.2.1"),
    Pod("kube-system", "dns", "10.0.3.1", {"k8s-app": "kube-dns"}),
    Pod("kube-system", "metrics", "10.0.3.2"),
]
OUTSIDE = "203.0.113.7"


def policy(spec: dict[str, Any], *, name: str = "tested", namespace: str = "shop") -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"podSelector": {}, **spec},
    }


DENY = policy({"policyTypes": ["Ingress", "Egress"]}, name="deny")


def namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def ports(*found: dict[str, Any]) -> dict[str, Any]:
    return {"ports": list(found)}
