"""What stands in for machines, an ingress controller and kubelets' metrics in the local cluster."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operations.cluster import documents
from operations.cluster.api import ApiServer

_FILES = Path(__file__).parent / "simulation"

METRICS_API = _FILES / "metrics-api"
"""The kustomize folder that kwokctl reads in place of metrics-server's release manifest."""

NODES: Mapping[str, str] = {"local-a": "local-a", "local-b": "local-b", "local-c": "local-c"}
"""Simulated node to its zone: three zones, since services spread their pods over zones."""

_CAPACITY = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "110"}
_METRICS_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"


def stage_files(kwok_kustomize: Path) -> tuple[Path, ...]:
    """List what the kwok controller plays by: kwok's own nodes and pods, our Ingresses and metrics.

    They go into the controller's configuration rather than into the API as custom resources: that starts
    faster, and the cluster's API holds nothing that another cluster has not.

    Args:
        kwok_kustomize: the `kustomize` folder of kwok's module.
    """
    return (
        kwok_kustomize / "stage" / "node" / "fast" / "node-initialize.yaml",
        # Without leases, which a killed controller's successor would have to wait for.
        kwok_kustomize / "stage" / "node" / "heartbeat" / "node-heartbeat.yaml",
        kwok_kustomize / "stage" / "pod" / "fast" / "pod-ready.yaml",
        kwok_kustomize / "stage" / "pod" / "fast" / "pod-complete.yaml",
        kwok_kustomize / "stage" / "pod" / "fast" / "pod-delete.yaml",
        _FILES / "ingress-address.yaml",
        _FILES / "usage.yaml",
        _FILES / "kubelet-metrics.yaml",
    )


def furnish(api: ApiServer, *, kubelet_port: int, metrics_port: int) -> bool:
    """Put nodes, the ingress class and the metrics API into a cluster; done again, it changes nothing.

    Args:
        api: the cluster's API server.
        kubelet_port: where the kwok controller answers for the nodes' kubelets.
        metrics_port: where the metrics server listens.

    Returns:
        Whether the server took it all.
    """
    metrics_service = _manifest(METRICS_API / "api-service.yaml")
    metrics_service["spec"]["service"]["port"] = metrics_port
    service = _manifest(METRICS_API / "service.yaml")
    done = [
        api.apply(
            "/apis/networking.k8s.io/v1/ingressclasses/local", _manifest(_FILES / "ingress-class.yaml")
        ),
        api.apply("/api/v1/namespaces/kube-system/services/metrics-server", service),
        api.apply(_METRICS_SERVICE, metrics_service),
    ]
    for index, (name, zone) in enumerate(NODES.items(), start=1):
        node = _node(name, zone, index, kubelet_port)
        # An apply never sets a status; a creation does, and the controller would otherwise make one up.
        if not api.create("/api/v1/nodes", node):
            status = {key: node[key] for key in ("apiVersion", "kind", "status")} | {
                "metadata": {"name": name}
            }
            done.append(
                api.apply(f"/api/v1/nodes/{name}", {key: node[key] for key in node if key != "status"})
            )
            done.append(api.apply(f"/api/v1/nodes/{name}/status", status))
    return all(done)


def ready_nodes(api: ApiServer) -> tuple[int, int] | None:
    """Count the cluster's nodes.

    Returns:
        How many are ready, and how many there are; None where the server doesn't answer.
    """
    nodes = api.get("/api/v1/nodes")
    if nodes is None:
        return None
    ready = [
        node
        for node in nodes["items"]
        if any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in node.get("status", {}).get("conditions", ())
        )
    ]
    return len(ready), len(nodes["items"])


def nodes_current(api: ApiServer) -> bool:
    """Tell whether the nodes have what this checkout gives them; those of an older one may lack some of it."""
    nodes = (api.get("/api/v1/nodes") or {"items": []})["items"]
    return all(_CAPACITY.items() <= node.get("status", {}).get("capacity", {}).items() for node in nodes)


def metrics_ready(api: ApiServer) -> bool:
    """Tell whether the metrics API has figures of the nodes: about half a minute after a start."""
    metrics = api.get("/apis/metrics.k8s.io/v1beta1/nodes")
    return bool(metrics and metrics.get("items"))


def _manifest(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = documents.parse(path.read_text("utf-8"))[0]
    return content


def _node(name: str, zone: str, index: int, kubelet_port: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {
                "kwok.x-k8s.io/node": "fake",
                "metrics.k8s.io/resource-metrics-path": f"/metrics/nodes/{name}/metrics/resource",
            },
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "simulated",
                "topology.kubernetes.io/region": "local",
                "topology.kubernetes.io/zone": zone,
            },
        },
        "spec": {"podCIDR": f"10.64.{index}.0/24", "podCIDRs": [f"10.64.{index}.0/24"]},
        "status": {
            "allocatable": _CAPACITY,
            "capacity": _CAPACITY,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet_port}},
        },
    }
