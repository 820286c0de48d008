"""How requests reach the pods: a Service within the cluster, an Ingress from outside."""

from typing import Any

from shared.web_service.specification import HEALTH_PATH, WebServiceSpecification

HEALTH_CHECKS = {"alb.ingress.kubernetes.io/healthcheck-path": HEALTH_PATH}
"""Annotation of the Ingress: a load balancer of AWS asks for `/` otherwise; other controllers do not know it.
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#healthcheck-path"""

SERVICE_PORT = 80
"""The TCP port of the Service."""


def service_ports(service: WebServiceSpecification) -> dict[str, Any]:
    """The Service's specification."""
    return {
        "type": "ClusterIP",
        "selector": service.selector,
        "ports": [{"name": "http", "port": SERVICE_PORT, "target_port": "http", "protocol": "TCP"}],
    }


def ingress_rules(service: WebServiceSpecification) -> dict[str, Any]:
    """The Ingress's specification: one host, all paths, to the Service."""
    backend = {"service": {"name": service.name, "port": {"name": "http"}}}
    return {
        "ingress_class_name": service.ingress_class,
        "rules": [
            {
                "host": service.host,
                "http": {"paths": [{"path": "/", "path_type": "Prefix", "backend": backend}]},
            }
        ],
    }
