"""How many pods there are: by load within bounds, and never all of them away at once."""

from typing import Any

from shared.cluster.demand import Container, Demand
from shared.cluster.workloads import surged
from shared.settings.application import ApplicationSettings
from shared.settings.types import quantity_value
from shared.web_service.specification import WebServiceSpecification

MAX_SURGE = "25%"
"""How many pods more than asked for there may be during a rollout."""


def largest_demand(name: str, settings: ApplicationSettings) -> Demand:
    """What a service comes to use at its largest, while it is being rolled out.

    Args:
        name: the service's name.
        settings: its settings.
    """
    asks = {
        "requests.cpu": quantity_value(settings.cpu_request),
        "requests.memory": quantity_value(settings.memory_request),
        "limits.cpu": quantity_value(settings.cpu_limit),
        "limits.memory": quantity_value(settings.memory_limit),
    }
    return Demand(name, surged(settings.max_replicas, MAX_SURGE), (Container(asks),))


def autoscaler(service: WebServiceSpecification) -> dict[str, Any]:
    """The HorizontalPodAutoscaler's specification."""
    settings = service.settings
    return {
        "scale_target_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": service.name},
        "min_replicas": settings.min_replicas,
        "max_replicas": settings.max_replicas,
        "metrics": [_usage("cpu", settings.cpu_target), _usage("memory", settings.memory_target)],
        "behavior": {"scale_down": {"stabilization_window_seconds": 300}},
    }


def disruption_budget(service: WebServiceSpecification) -> dict[str, Any]:
    """The PodDisruptionBudget's specification: a drained node takes one pod at a time, and broken ones freely."""
    return {
        "max_unavailable": 1,
        "selector": {"match_labels": service.selector},
        "unhealthy_pod_eviction_policy": "AlwaysAllow",
    }


def _usage(resource: str, target: int) -> dict[str, Any]:
    return {
        "type": "Resource",
        "resource": {"name": resource, "target": {"type": "Utilization", "average_utilization": target}},
    }
