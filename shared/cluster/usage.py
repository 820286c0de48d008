"""What is used in a namespace now, as a quota would count it that it does not have yet."""

import math
from collections.abc import Iterable
from fractions import Fraction

from shared.cluster.api import ClusterApi, Json
from shared.cluster.containers import containers_of
from shared.cluster.demand import RESOURCES, Demand
from shared.settings.types import quantity_value

_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""Nobody needs to read a secret to count it."""

_OVER = ("Succeeded", "Failed")
_MEBIBYTE = 1024**2


def read_usage(api: ClusterApi, namespace: str) -> dict[str, str]:
    """Read what is used in a namespace, by resource as quotas name it, in Kubernetes quantities.

    Source: https://kubernetes.io/docs/concepts/policy/resource-quotas/
    """

    def items(plural: str, accept: str = "application/json") -> list[Json]:
        return list(
            (api.get(f"/api/v1/namespaces/{namespace}/{plural}", accept=accept) or {}).get("items") or []
        )

    services, claims = items("services"), items("persistentvolumeclaims")
    pods = [pod for pod in items("pods") if (pod.get("status") or {}).get("phase") not in _OVER]
    counts = {
        "pods": len(pods),
        "services": len(services),
        "services.loadbalancers": sum(one["spec"].get("type") == "LoadBalancer" for one in services),
        "services.nodeports": sum(map(_node_ports, services)),
        "persistentvolumeclaims": len(claims),
        "configmaps": len(items("configmaps", _METADATA_ONLY)),
        "secrets": len(items("secrets", _METADATA_ONLY)),
    }
    demands = [Demand("", 1, containers_of(pod["spec"])) for pod in pods]
    amounts = {
        **{resource: _sum(each.of(resource) for each in demands) for resource in RESOURCES},
        "requests.storage": _sum(map(_storage, claims)),
    }
    return {
        **{resource: str(count) for resource, count in counts.items()},
        **{resource: _text(resource, amount) for resource, amount in amounts.items()},
    }


def _node_ports(service: Json) -> int:
    """How many ports it takes on every node, or asks for.

    Source: https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/quota/v1/evaluator/core/services.go (Usage).
    """
    spec = service["spec"]
    ports = spec.get("ports") or []
    if spec.get("type") == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is False:
        return sum(bool(port.get("nodePort")) for port in ports)
    return len(ports) if spec.get("type") in ("NodePort", "LoadBalancer") else 0


def _storage(claim: Json) -> Fraction:
    requests = (claim["spec"].get("resources") or {}).get("requests") or {}
    return quantity_value(str(requests.get("storage", "0")))


def _sum(amounts: Iterable[Fraction]) -> Fraction:
    return sum(amounts, Fraction(0))


def _text(resource: str, amount: Fraction) -> str:
    """An amount as a quantity: CPU in millicores, of which Kubernetes takes whole ones; bytes in Mi where those are."""
    if resource.endswith("cpu"):
        return f"{math.ceil(amount * 1000)}m"
    return f"{amount // _MEBIBYTE}Mi" if amount % _MEBIBYTE == 0 else str(math.ceil(amount))
